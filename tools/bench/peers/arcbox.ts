import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build, pathsFor } from '@arcbox/config';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { createChannel, createClient } from 'nice-grpc';
import type { Peer } from '../peer.ts';
import { run } from '../program.ts';

/** This engine, started as `npm start` does, spoken to through its gateway and its command. */
export async function startArcbox(root: string): Promise<Peer> {
  await using stack = new AsyncDisposableStack();
  const dist = join(import.meta.dirname, '..');
  const supervisor = spawn(process.execPath, [join(dist, 'supervisor/main.js'), '--root', root], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // A bundle's own path is what the supervisor finds the others by.
    cwd: join(dist, '..'),
  });
  const ended = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  stack.defer(async () => {
    supervisor.kill('SIGTERM');
    await ended;
  });
  const seen: string[] = [];
  for await (const line of createInterface(supervisor.stdout)) {
    seen.push(line);
    if (/^(READY|DEGRADED)/.test(line)) break;
  }
  supervisor.stdout.resume();
  if (!seen.at(-1)?.startsWith('READY')) throw new Error(`arcbox did not come up:\n${seen.join('\n')}`);
  const socket = pathsFor(root).gatewaySocket;
  const channel = createChannel(`unix://${socket}`);
  stack.defer(() => channel.close());
  const containers = createClient(ContainerServiceDefinition, channel);
  const images = createClient(ImageServiceDefinition, channel);
  const command = (...args: string[]): Promise<string> =>
    run(process.execPath, [join(dist, 'cli/main.js'), '--host', `unix://${socket}`, ...args]);
  const pull = async (reference: string): Promise<void> => {
    for await (const _ of images.pull({ reference }));
  };
  const kept = stack.move();
  return {
    name: 'arcbox',
    version: build.version,
    prepare: pull,
    async lifecycle(reference) {
      const { id } = await containers.create({ image: reference, cmd: ['true'] });
      await containers.start({ id });
      await containers.wait({ id });
      await containers.remove({ id });
    },
    runCommand: async (reference) => void (await command('run', '--rm', reference, 'true')),
    pull,
    tag: async (source, name) => {
      const colon = name.lastIndexOf(':');
      await images.tag({ source, repo: name.slice(0, colon), tag: name.slice(colon + 1) });
    },
    push: async (reference) => {
      for await (const _ of images.push({ reference }));
    },
    build: async (directory, name) => void (await command('build', '-q', '--network', 'none', '-t', name, directory)),
    forget: async (reference) => void (await images.remove({ id: reference, force: true })),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
