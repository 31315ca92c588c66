import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '@arcbox/config';

/**
 * Takes the networks of an engine out of the kernel, where they outlive its
 * workers: holders of ports, namespaces, interfaces and the firewall table. With the
 * engine's directories this is all there is of it. Call it when the workers
 * have stopped.
 */
export function removeNetworkTraces({ state, run }: Paths): void {
  const nodeId = join(state, 'node-id');
  if (process.getuid?.() !== 0 || !existsSync(nodeId)) return;
  const tag = createHash('sha256').update(readFileSync(nodeId, 'utf8').trim()).digest('hex').slice(0, 8);
  const netns = join(run, 'netns');
  endHolders(`arcbox-ports:${netns}/`);
  endHolders(`arcbox-names:${join(run, 'networks', 'names')}/`);
  for (const name of existsSync(netns) ? readdirSync(netns) : []) attempt('umount', ['-l', join(netns, name)]);
  // Whatever is on the bridges goes with its namespace or by its alias.
  for (const link of ownLinks(`arcbox:${tag}:`)) attempt('ip', ['link', 'del', 'dev', link]);
  attempt('nft', ['delete', 'table', 'inet', `arcbox_${tag}`]);
}

function ownLinks(alias: string): string[] {
  const listed = JSON.parse(attempt('ip', ['-j', 'link', 'show']) || '[]') as { ifname: string; ifalias?: string }[];
  return listed.filter(({ ifalias }) => ifalias?.startsWith(alias)).map(({ ifname }) => ifname);
}

/** Processes that keep published ports and those of names, by the name that they have in `ps`. */
function endHolders(title: string): void {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(title)) process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** What is not there needs no removing, and a program that is not installed has made nothing. */
function attempt(program: string, args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 20_000 });
  } catch {
    return '';
  }
}
