import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build, pathsFor } from '@arcbox/config';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { IconServiceDefinition, NetworkServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { type Channel, createChannel, createClient } from 'nice-grpc';
import { processesNaming } from '../memory.ts';
import type { Peer, PeerContainers } from '../peer.ts';
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
  const icons = createClient(IconServiceDefinition, channel);
  const command = (...args: string[]): Promise<string> =>
    run(process.execPath, [join(dist, 'cli/main.js'), '--host', `unix://${socket}`, ...args]);
  const pull = async (reference: string): Promise<void> => {
    for await (const _ of images.pull({ reference }));
  };
  const direct = createChannel(`unix://${pathsFor(root).workerSocket('networks-0')}`);
  stack.defer(() => direct.close());
  const networks = { gateway: createClient(NetworkServiceDefinition, channel), direct: createClient(NetworkServiceDefinition, direct) };
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
    unary: async (way) => void (await networks[way].inspect({ id: 'bridge' })),
    icon: async () => void (await icons.getImageIcon({ fqin: 'nginx' })),
    events: { socket, natsUrl: natsUrl(root) },
    processes: () => processesOf(root, supervisor.pid ?? 0),
    containers: stayingContainers(channel, command),
    forget: async (reference) => void (await images.remove({ id: reference, force: true })),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function natsUrl(root: string): string {
  const read = (name: string): string => readFileSync(join(pathsFor(root).run, name), 'utf8').trim();
  return `nats://${read('nats.token')}@127.0.0.1:${read('nats.port')}`;
}

/** Bytes that no log of this run reaches. */
const unbounded = 64n * 2n ** 30n;

function stayingContainers(channel: Channel, command: (...args: string[]) => Promise<string>): PeerContainers {
  const [containers, extras] = [createClient(ContainerServiceDefinition, channel), createClient(EngineContainerServiceDefinition, channel)];
  return {
    async create(reference, cmd) {
      const container = { image: reference, cmd: [...cmd] };
      const { id } = await extras.create({ container, options: { log: { maxBytes: unbounded } } });
      return id;
    },
    start: async (id) => void (await containers.start({ id })),
    remove: async (id) => void (await containers.remove({ id, force: true })),
    list: async () => (await containers.list({ all: true })).containers.length,
    listByCommand: async () => void (await command('ps', '-a')),
    async exec(containerId) {
      const { id } = await containers.execCreate({ containerId, cmd: ['true'], attachStdout: true, attachStderr: true });
      for await (const _ of containers.execStart({ id }));
    },
    execByCommand: async (id) => void (await command('exec', id, 'true')),
    async logBytes(containerId, follow) {
      let bytes = 0;
      for await (const { pieces } of extras.readLogs({ id: containerId, follow })) for (const { data } of pieces) bytes += data.length;
      return bytes;
    },
  };
}

/** The supervisor, what it keeps running, and the monitors of containers. */
function processesOf(root: string, supervisor: number): Map<string, number> {
  const pids = join(pathsFor(root).run, 'pids');
  const workers = readdirSync(pids).map((file): [string, number] => [file.replace('.pid', ''), Number.parseInt(readFileSync(join(pids, file), 'utf8'), 10)]);
  return new Map([['supervisor', supervisor], ...workers, ...processesNaming(`${root}/`, ['conmon'])]);
}
