import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { renewContext, writeContext } from './build-context.ts';
import { type Audience, eventDelays } from './events.ts';
import { mountFreshDisk, mountMemory } from './fresh-disk.ts';
import { pushBusybox, pushLargeImage } from './images.ts';
import { measure, timed } from './measure.ts';
import { idleMemory, totalMemory } from './memory.ts';
import type { Peer } from './peer.ts';
import { startArcbox } from './peers/arcbox.ts';
import { startContainerd } from './peers/containerd.ts';
import { startDockerd } from './peers/dockerd.ts';
import { startPodman } from './peers/podman.ts';
import { isInstalled } from './program.ts';
import { replays } from './replay.ts';
import { startRegistry } from './registry.ts';
import { crowds, execs, lists, logs } from './staying-containers.ts';
import { formatTable, type Measurement } from './table.ts';
import { unaryCalls } from './unary.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    pulls: { type: 'string', default: '3' },
    only: { type: 'string', default: 'memory,unary,events,replay,lifecycle,exec,list,logs,crowd,pull,push,build' },
    /** MiB of the log, and containers in the list and in the crowd. */
    log: { type: 'string', default: '256' },
    many: { type: 'string', default: '1000' },
    crowd: { type: 'string', default: '500' },
    /** Seconds with 1,000 events each, and events of the log that is replayed. */
    seconds: { type: 'string', default: '10' },
    events: { type: 'string', default: '1000000' },
    peers: { type: 'string', default: 'arcbox,docker,podman,containerd' },
  },
});

/** `run`: the directories below the root that are below /run where an engine is installed as usual. */
const starters: { [name: string]: { program: string; run: readonly string[]; start: (root: string) => Promise<Peer> } } = {
  arcbox: { program: 'conmon', run: ['run'], start: startArcbox },
  docker: { program: 'dockerd', run: ['exec'], start: startDockerd },
  podman: { program: 'podman', run: ['run', 'tmp'], start: startPodman },
  containerd: { program: 'containerd', run: ['state'], start: startContainerd },
};

const audiences: readonly Audience[] = [
  { count: 1, wanted: 'all' },
  { count: 200, wanted: 'own' },
  { count: 200, wanted: 'all' },
];

/** Those that are pushed to have the ports after it. */
const registryPort = 5000;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function startPeers(directory: string, stack: AsyncDisposableStack): Promise<Peer[]> {
  const peers: Peer[] = [];
  for (const name of options.peers.split(',').filter(Boolean)) {
    const starter = starters[name];
    if (!starter) throw new Error(`no such peer: ${name} (known: ${Object.keys(starters).join(', ')})`);
    if (!isInstalled(starter.program)) {
      say(`${name}: not installed, left out`);
      continue;
    }
    const root = join(directory, name);
    for (const run of starter.run) stack.use(mountMemory(join(root, run)));
    peers.push(stack.use(await starter.start(root)));
  }
  return peers;
}

async function lifecycles(peers: readonly Peer[], reference: string): Promise<Measurement[]> {
  const runs = Number(options.runs);
  return [
    await measure('create, start, wait, remove `true` by API', peers, runs, (peer) =>
      timed(peer.lifecycle && (() => peer.lifecycle?.(reference) ?? Promise.resolve())),
    ),
    await measure('`run --rm` of `true` by command', peers, runs, (peer) => timed(() => peer.runCommand(reference))),
  ];
}

async function pulls(peers: readonly Peer[], reference: string): Promise<Measurement> {
  return measure('pull of 535 MB, 6 layers, 16,700 files', peers, Number(options.pulls), async (peer) => {
    execFileSync('sync');
    const time = await timed(() => peer.pull(reference));
    await peer.forget(reference);
    return time;
  });
}

/**
 * Every turn goes to a registry that has nothing and that no engine knows: else they would mount what they pushed before.
 * Docker and podman keep layers unpacked and compress them for every push; arcbox and containerd send the gzip bytes that
 * were pulled.
 */
async function pushes(peers: readonly Peer[], reference: string, directory: string): Promise<Measurement> {
  for (const peer of peers) await peer.prepare(reference);
  let port = registryPort;
  return measure('push of the same image', peers, Number(options.pulls), async (peer) => {
    await using registry = await startRegistry(join(directory, 'empty-registry'), ++port);
    const target = `${registry.host}/bench/pushed:latest`;
    await peer.tag(reference, target);
    execFileSync('sync');
    return await timed(() => peer.push(target));
  });
}

/** Cold: the first step copies something new, so every step is executed. Cached: the same again. */
async function builds(peers: readonly Peer[], base: string, directory: string): Promise<Measurement[]> {
  const context = join(directory, 'context');
  writeContext(context, base);
  for (const peer of peers) await peer.prepare(base);
  const build = (peer: Peer): Promise<number | undefined> =>
    timed(peer.build && (() => peer.build?.(context, 'bench/built:latest') ?? Promise.resolve()));
  const runs = Number(options.pulls);
  const cold = await measure('build of 10 steps, context of 60 MB, 3,000 files, nothing cached', peers, runs, async (peer) => {
    renewContext(context);
    execFileSync('sync');
    return build(peer);
  });
  return [cold, await measure('the same build, everything cached', peers, runs, build)];
}

/** An engine that has just started does more than one that waits; milliseconds. */
const settling = 10_000;

async function containerWork(peers: readonly Peer[], reference: string, wanted: readonly string[]): Promise<Measurement[]> {
  const runs = Number(options.runs);
  const rows: Measurement[] = [];
  if (wanted.includes('memory')) rows.push(...(await sleep(settling).then(() => idleMemory(peers))));
  if (wanted.includes('unary')) rows.push(...(await unaryCalls(peers, runs)));
  for (const peer of peers) await peer.prepare(reference);
  if (wanted.includes('lifecycle')) rows.push(...(await lifecycles(peers, reference)));
  if (wanted.includes('exec')) rows.push(...(await execs(peers, reference, { runs })));
  if (wanted.includes('list')) rows.push(...(await lists(peers, reference, { runs, count: Number(options.many) })));
  if (wanted.includes('logs')) rows.push(...(await logs(peers, reference, { bytes: Number(options.log) * 2 ** 20 })));
  if (wanted.includes('crowd')) rows.push(...(await crowds(peers, reference, { count: Number(options.crowd), memory: totalMemory })));
  return rows;
}

async function main(): Promise<void> {
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  await using stack = new AsyncDisposableStack();
  const base = mkdtempSync(join(tmpdir(), 'abxbench-'));
  // The engine's unprivileged workers pass through here.
  chmodSync(base, 0o711);
  stack.defer(() => rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const { path: directory } = stack.adopt(mountFreshDisk(base), (disk) => disk[Symbol.dispose]());
  const { host } = stack.use(await startRegistry(join(directory, 'registry'), registryPort));
  const [small, large] = [`${host}/bench/busybox:latest`, `${host}/bench/large:latest`];
  say('making images');
  await pushBusybox(directory, small);
  const wanted = options.only.split(',');
  if (wanted.includes('pull') || wanted.includes('push')) await pushLargeImage(directory, large);
  const peers = await startPeers(directory, stack);
  const measurements = await containerWork(peers, small, wanted);
  if (wanted.includes('events')) measurements.push(...(await eventDelays(peers, directory, { rate: 1000, seconds: Number(options.seconds), audiences })));
  if (wanted.includes('replay')) measurements.push(...(await replays(peers, Number(options.events))));
  if (wanted.includes('pull')) measurements.push(await pulls(peers, large));
  if (wanted.includes('push')) measurements.push(await pushes(peers, large, directory));
  if (wanted.includes('build')) measurements.push(...(await builds(peers, small, directory)));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  console.log(`${machine}; ${peers.map(({ name, version }) => `${name} ${version}`).join(', ')}\n`);
  console.log(formatTable(measurements, peers.map(({ name }) => name)));
}

await main();
process.exit();
