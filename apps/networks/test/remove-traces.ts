import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '@arcbox/config';
import { run } from '../src/command.ts';
import { ownLinks, removeLinks } from '../src/links.ts';
import { removeNamespace } from '../src/namespace.ts';

/**
 * Takes everything of an engine out of the kernel: its interfaces, its table,
 * its namespaces and its name server. This is all that has to go with its
 * directories.
 */
export async function removeTraces(paths: Paths, tag: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const pidFile = join(paths.run, 'networks', 'names', 'aardvark.pid');
  if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
  const netns = join(paths.run, 'netns');
  if (existsSync(netns)) for (const name of readdirSync(netns)) removeNamespace(join(netns, name));
  await removeLinks((await ownLinks(tag)).map(({ name }) => name));
  await run('nft', ['-f', '-'], `add table inet arcbox_${tag}\ndelete table inet arcbox_${tag}\n`);
}
