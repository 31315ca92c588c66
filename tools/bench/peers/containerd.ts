import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from '../peer.ts';
import { run, startServer } from '../program.ts';

/** A private containerd and its `ctr`, which gives containers no network. */
export async function startContainerd(root: string): Promise<Peer> {
  mkdirSync(root, { recursive: true });
  const socket = join(root, 'containerd.sock');
  const config = join(root, 'config.toml');
  writeFileSync(
    config,
    `version = 2
root = "${join(root, 'data')}"
state = "${join(root, 'state')}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${socket}"
`,
  );
  const server = await startServer('containerd', ['--config', config], { path: socket });
  const ctr = (...args: string[]): Promise<string> => run('ctr', ['--address', socket, ...args]);
  let serial = 0;
  const pull = async (reference: string): Promise<void> =>
    void (await ctr('images', 'pull', '--plain-http', reference));
  return {
    name: 'containerd',
    version: (/Version:\s+(\S+)/.exec(await run('ctr', ['--version']).catch(() => ''))?.[1] ??
      (await run('containerd', ['--version'])).split(' ')[2] ?? '').trim(),
    prepare: pull,
    runCommand: async (reference) => void (await ctr('run', '--rm', reference, `bench${serial++}`, 'true')),
    pull,
    tag: async (reference, name) => void (await ctr('images', 'tag', reference, name)),
    push: async (name) => void (await ctr('images', 'push', '--plain-http', name)),
    forget: async (reference) => void (await ctr('images', 'rm', '--sync', reference)),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
