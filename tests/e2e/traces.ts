import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeIdentity, pathsFor } from '@arcbox/config';
import type { Engine } from './engine.ts';

/** What an engine has on the machine: what, and how many of it. */
export type Traces = Readonly<Record<string, number>>;

/** Counts what an engine has in the kernel and on disk; `ids` are containers that may have left cgroups. */
export function tracesOf({ root }: Engine, ids: readonly string[]): Traces {
  const tag = createHash('sha256').update(nodeIdentity(pathsFor(root))).digest('hex').slice(0, 8);
  const links = execFileSync('ip', ['-d', '-o', 'link'], { encoding: 'utf8' }).split('\n');
  return {
    processes: pidsOf(root).length,
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(`${root}/`)).length,
    'network namespaces': listed(join(root, 'run/netns')).length,
    links: links.filter((line) => line.includes(tag)).length,
    'lines of nft': execFileSync('nft', ['list', 'table', 'inet', `arcbox_${tag}`], { encoding: 'utf8' }).split('\n').length,
    cgroups: hierarchies().flatMap((path) => listed(join(path, 'arcbox'))).filter((name) => ids.includes(name)).length,
    files: readdirSync(root, { recursive: true, withFileTypes: true }).filter(({ parentPath }) => !parentPath.startsWith(join(root, 'nats'))).length,
  };
}

/** Resident MiB and open descriptors of every process that the engine keeps running. */
export function costsOf({ root }: Engine): ReadonlyMap<string, { readonly memory: number; readonly descriptors: number }> {
  const pids = listed(join(root, 'run/pids'));
  return new Map(
    pids.map((file) => {
      const pid = Number.parseInt(readFileSync(join(root, 'run/pids', file), 'utf8'), 10);
      const kilobytes = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      return [file.replace('.pid', ''), { memory: kilobytes / 1024, descriptors: listed(`/proc/${pid}/fd`).length }];
    }),
  );
}

function hierarchies(): string[] {
  const mountPoint = '/sys/fs/cgroup';
  const names = listed(mountPoint);
  return names.includes('cgroup.controllers') ? [mountPoint] : names.map((name) => join(mountPoint, name));
}

/** All processes that the root is named to: on their command line, or in their environment. */
function pidsOf(root: string): string[] {
  const names = (pid: string, file: string): boolean => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, 'latin1').split('\0').some((text) => text.includes(root));
    } catch {
      return false;
    }
  };
  return listed('/proc').filter((pid) => /^\d+$/.test(pid) && (names(pid, 'cmdline') || names(pid, 'environ')));
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
