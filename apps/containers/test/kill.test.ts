import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '@arcbox/store';
import { describeIf, eventually } from '@arcbox/testing';
import { ClientError, Status } from 'nice-grpc';
import { patience, times } from '../../../tests/e2e/long.ts';
import { type Container, isRunning } from '../src/record/container.ts';
import { disagreements, mark } from './agreement.ts';
import { type ContainersProcess, startContainersProcess } from './containers-process.ts';
import { historyOf, needs } from './engine.ts';

const pick = <T>(items: readonly T[]): T | undefined => (items.length > 0 ? items[randomInt(items.length)] : undefined);

const shell = (script: string): string[] => ['sh', '-c', script];

const commands = [['sleep', '1000'], ['true'], ['/not/there'], shell('sleep 0.1; exit 3'), shell('while :; do echo x; sleep 0.01; done')];

const checks = ['true', 'sleep 1000', 'exit 1', 'sleep 0.1'].map((script) => ({
  test: ['CMD-SHELL', script],
  intervalNanos: 20_000_000n,
  timeoutNanos: 500_000_000n,
}));

type Operation = (worker: ContainersProcess, id: string) => Promise<unknown>;

/** How a container comes to be. */
const creations: readonly Operation[] = [
  ({ engine, root }, name) =>
    engine.create({
      container: { image: 'busybox', name, cmd: pick(commands), env: { [mark]: root.path }, tty: randomInt(4) === 0, stdinOpen: randomInt(4) === 0 },
      options: { healthCheck: pick([undefined, ...checks]) },
      autoRemove: randomInt(5) === 0,
    }),
  ({ engine, root }, name) =>
    engine.create({
      container: { image: 'busybox', name, cmd: pick([['sleep', '1000'], shell('sleep 0.2')]), env: { [mark]: root.path } },
      options: { restartPolicy: { name: pick(['always', 'unless-stopped', 'on-failure']) }, healthCheck: pick([undefined, ...checks]) },
    }),
];

/** What is done to it. */
const operations: readonly Operation[] = [
  ({ containers }, id) => containers.start({ id }),
  ({ containers }, id) => containers.start({ id }),
  ({ engine }, id) => engine.stop({ id, timeoutSeconds: randomInt(2) }),
  ({ engine }, id) => engine.restart({ id, timeoutSeconds: 0 }),
  ({ containers }, id) => containers.kill({ id, signal: pick(['KILL', 'TERM', 'HUP']) }),
  ({ containers }, id) => containers.pause({ id }),
  ({ containers }, id) => containers.unpause({ id }),
  ({ engine }, id) => engine.commit({ id }),
  ({ engine }, id) => engine.rename({ id, name: `${id.slice(0, 1)}-${randomInt(10)}` }),
  ({ containers }, id) => containers.remove({ id, force: randomInt(2) === 0, volumes: true }),
  async ({ containers }, containerId) => {
    const { id } = await containers.execCreate({ containerId, cmd: shell('echo x; sleep 0.05'), attachStdout: true });
    for await (const output of containers.execStart({ id, detach: randomInt(2) === 0 })) expect(output.stream).toBe('stdout');
  },
];

/** What somebody who asks at random may be told; the last two of a worker that was killed. */
const answers = [
  Status.NOT_FOUND,
  Status.ALREADY_EXISTS,
  Status.FAILED_PRECONDITION,
  Status.UNAVAILABLE,
  Status.CANCELLED,
];

/** Does one thing after the other to a container whose name begins with `letter`, until `signal` aborts. */
async function bother(worker: ContainersProcess, letter: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = recordsOf(worker).find(({ name }) => name.startsWith(letter));
    try {
      if (!found) await pick(creations)?.(worker, `${letter}-0`);
      await (found ? pick(operations) : operations[0])?.(worker, found?.name ?? `${letter}-0`);
    } catch (error) {
      if (!(error instanceof ClientError) || !answers.includes(error.code)) throw error;
      if (error.code === Status.UNAVAILABLE) await sleep(20);
    }
  }
}

/** kill -9 of the worker, or of a conmon or the first process of a container that runs. */
async function killSomething(worker: ContainersProcess): Promise<void> {
  if (randomInt(3) === 0) {
    await worker.kill();
    await sleep(randomInt(300));
    return worker.start();
  }
  const container = pick(recordsOf(worker).filter(isRunning));
  const identity = pick([container?.status.process?.identity, container?.status.process?.monitor]);
  try {
    if (identity !== undefined) process.kill(Number(identity.split('.')[0]), 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function recordsOf({ root }: ContainersProcess): Container[] {
  using store = openStore(join(root.path, 'containers/state.db'));
  return store.collection<Container>('containers').all();
}

/** Ids of all containers there ever were; every run has one start and one end, in turn. */
async function checkHistory({ peer }: ContainersProcess): Promise<string[]> {
  const events = await historyOf({ worker: peer });
  const ids = [...new Set(events.map(({ actor }) => actor?.id ?? ''))];
  for (const id of ids) {
    const runs = events.filter(({ actor, action }) => actor?.id === id && ['start', 'die'].includes(action)).map(({ action }) => action);
    expect(runs).toEqual(runs.map((_, i) => (i % 2 === 0 ? 'start' : 'die')));
  }
  return ids;
}

describeIf([...needs, 'ip'], 'kill -9 of the worker, of conmon and of containers, at random moments of everything', () => {
  it(
    'leaves records, kernel and disk in agreement',
    async () => {
      await using worker = await startContainersProcess();
      for (let round = 0; round < times(1, 25); round++) {
        const end = new AbortController();
        const bothering = Promise.all(['a', 'b', 'c'].map((name) => bother(worker, name, end.signal)));
        // Awaited below; until then a failure must not end the process.
        bothering.catch(() => {});
        for (let kills = 0; kills < 8; kills++) {
          await sleep(randomInt(250));
          await killSomething(worker);
        }
        end.abort();
        await bothering;
        await worker.kill();
        await worker.start();
        await eventually(async () => expect(disagreements(worker.root, await checkHistory(worker))).toEqual([]));
        const { containers } = await worker.containers.list({ all: true });
        for (const { id } of containers) await worker.containers.remove({ id, force: true });
        expect(disagreements(worker.root, await checkHistory(worker))).toEqual([]);
      }
    },
    patience,
  );

  it('leaves no health check behind', async () => {
    await using worker = await startContainersProcess();
    const seconds = `${200_000 + process.pid}`;
    const healthCheck = { test: ['CMD', 'sleep', seconds], intervalNanos: 20_000_000n };
    const { id } = await worker.engine.create({ container: { image: 'busybox', cmd: ['sleep', '1000'] }, options: { healthCheck } });
    await worker.containers.start({ id });
    const [first] = await eventually(() => oneOrMore(pidsOf('sleep', seconds)));
    await worker.kill();
    expect(pidsOf('sleep', seconds)).toEqual([first]);
    await worker.start();
    const next = await eventually(() => oneOrMore(pidsOf('sleep', seconds).filter((pid) => pid !== first)));
    expect(pidsOf('sleep', seconds)).toEqual(next);
    expect(next).toHaveLength(1);
    await worker.containers.remove({ id, force: true });
    expect(pidsOf('sleep', seconds)).toEqual([]);
  });
});

/** Processes of the machine with exactly these arguments. */
function pidsOf(...args: string[]): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `${args.join('\0')}\0`;
    } catch {
      return false;
    }
  });
}

function oneOrMore<T>(items: T[]): T[] {
  if (items.length === 0) throw new Error('there is none');
  return items;
}
