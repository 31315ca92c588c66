import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MigrationServiceDefinition as EngineMigrationServiceDefinition, MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { SystemServiceDefinition as EngineSystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { MigrationServiceDefinition, SetupStatus_Phase as Phase, SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { liveAll } from './chaos/lives.ts';
import { Subscriber } from './chaos/subscriber.ts';
import { hello } from './engine.ts';
import { patience, times, usually } from './long.ts';
import { makeRoot } from './migration/programs.ts';
import { startDockerd } from './migration/source.ts';
import { listTree } from './migration/tree.ts';
import { oneEngine } from './one-engine.ts';
import { inPairs, killEach, killOne, whileKilling } from './replicas/kill-one.ts';
import { insist, questionsTo, watchSetup, whole } from './replicas/questions.ts';

const life = ['create', 'start', 'die', 'destroy'];

/** Nobody listens there: what icons know is what they bring along. */
const hosts = Object.fromEntries(['JSDELIVR', 'GITHUB_AVATARS', 'SIMPLE_ICONS', 'DOCKER_HUB'].map((name) => [`ARCBOX_ICONS_${name}`, 'http://127.0.0.1:9']));

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'python3'], 'two replicas of every worker, of which one is killed', () => {
  const engine = oneEngine({ args: inPairs, env: hosts });
  const ok = (...args: string[]): Promise<string> => engine().ok(...args);

  it('no call that only asks fails or is answered otherwise, and nobody sees the engine degraded', async () => {
    await ok('network', 'create', 'back');
    await ok('run', '-d', '--name', 'web', '--network', 'back', '-v', 'data:/data', hello, 'sleep', '10000');
    await ok('run', '--name', 'done', '--network', 'none', hello, 'true');
    await ok('tag', hello, 'spare:1');
    const until = BigInt(Math.floor(Date.now() / 1_000) + 1);
    await eventually(async () => expect(await ok('events', '--since', '1', '--until', String(until), '--format', '{{.Action}}')).toContain('tag'));
    await sleep(Math.max(Number(until) * 1_000 - Date.now(), 0));
    const questions = Object.entries(questionsTo(engine(), until));
    const askAll = async (): Promise<ReadonlyMap<string, unknown>> =>
      new Map(await Promise.all(questions.map(async ([name, ask]) => [name, await ask()] as const)));
    // Sizes are measured a while after something was written.
    const before = await eventually(async () => {
      const first = await askAll();
      await sleep(1_500);
      expect(await askAll()).toEqual(first);
      return first;
    });
    const why = await storyOf('web');

    const over = new AbortController();
    using _end = { [Symbol.dispose]: () => over.abort() };
    const wrong: { name: string; answer: unknown }[] = [];
    const counts = new Map(questions.map(([name]) => [name, 0]));
    const asking = questions.map(async ([name, ask]) => {
      for (; !over.signal.aborted; counts.set(name, (counts.get(name) ?? 0) + 1)) {
        const answer = await ask().catch((error: Error) => error.message);
        if (!isDeepStrictEqual(answer, before.get(name))) wrong.push({ name, answer });
      }
    });
    const watching = Array.from({ length: 5 }, () => watchSetup(engine(), over.signal));
    await killEach(engine(), times(1, 20));
    over.abort();
    await Promise.all(asking);
    expect(wrong).toEqual([]);
    expect((await Promise.all(watching)).flat().filter(({ phase }) => phase !== Phase.READY)).toEqual([]);
    expect(Math.min(...counts.values())).toBeGreaterThan(0);
    expect(await storyOf('web')).toEqual(why);
  }, patience);

  /** The events that `why` tells of. */
  const storyOf = async (name: string): Promise<unknown> => (JSON.parse(await ok('why', '--json', name)) as { events: unknown }[]).map(({ events }) => events);

  it('every event is told once, and who follows from a cursor has them all', async () => {
    const since = BigInt(Date.now()) * 1_000_000n;
    const filters = { type: 'container', event: life.join(','), label: 'series=pairs' };
    await using subscriber = new Subscriber(engine(), { since, filters, stay: () => 5 });
    const codes = await whileKilling(engine(), liveAll(engine(), times(10, 300), 'pairs'));
    const logged = await eventually(async () => {
      const until = BigInt(Math.ceil(Date.now() / 1_000));
      const events = await whole(() => engine().client(SystemServiceDefinition).events({ since: since / 1_000_000_000n, until, filters }));
      expect(events).toHaveLength(codes.size * life.length);
      return events;
    });
    const stories = Map.groupBy(logged, ({ actor }) => actor?.id ?? '');
    expect(new Set(stories.keys())).toEqual(new Set(codes.keys()));
    for (const story of stories.values()) expect(story.map(({ action }) => action)).toEqual(life);
    await Promise.race([subscriber.following, eventually(() => expect(subscriber.seen).toHaveLength(logged.length))]);
    expect(subscriber.seen).toEqual(logged);
  }, patience);

  it('a prune takes what its plan says, though it has to be asked for again', async () => {
    const further = engine().client(EngineSystemServiceDefinition);
    const request = { types: ['all'], all: true };
    for (let i = 0; i < 5; i++) {
      await ok('run', '--name', `old${i}`, '--network', 'none', '-v', `old${i}:/data`, hello, 'true');
      await ok('network', 'create', `old${i}`);
    }
    const plan = await further.planPrune(request);
    const staying = plan.items.filter(({ removed }) => !removed).map(({ type, id }) => `${type} ${id}`);
    await whileKilling(engine(), insist(() => engine().client(SystemServiceDefinition).prune(request)));
    const after = await further.planPrune(request);
    expect(after.items.map(({ type, id, removed }) => [`${type} ${id}`, removed]).sort()).toEqual(staying.map((item) => [item, false]).sort());
    await ok('exec', 'web', 'true');
  }, patience);

  // Its parts are tested with the worker.
  const itAtLength = usually(undefined, it);
  itAtLength?.('a migration comes to its end, or is cancelled, at whichever is left', async () => {
    await using files = temporaryRoot();
    await using docker = await startDockerd(join(files.path, 'docker'));
    const root = join(files.path, 'root');
    await makeRoot(root);
    await docker.image('app:1', root);
    await docker.ok('volume', 'create', 'kept');
    const there = await docker.ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'kept');
    for (let i = 0; i < 50; i++) {
      mkdirSync(join(there, String(i)));
      writeFileSync(join(there, String(i), 'file'), Buffer.alloc(200_000, i + 1));
    }
    await docker.ok('run', '-d', '--name', 'app', '--network', 'none', '-v', 'kept:/data', 'app:1', 'sleep', '10000');
    const tree = await listTree(there);
    const [migrations, further] = [engine().client(MigrationServiceDefinition), engine().client(EngineMigrationServiceDefinition)];
    const { planId } = await migrations.prepareMigration({ sourceKind: docker.socket });
    const stateOf = async (): Promise<MigrationState | undefined> => (await further.listMigrations({})).migrations.find((one) => one.planId === planId)?.state;

    /** Runs it, or follows the run; `told` hears of each phase. Says how it ended. */
    const follow = async (told: (phase: string) => void = () => {}): Promise<boolean> => {
      for await (const { phase, done, success } of migrations.runMigration({ planId })) {
        if (done) return success;
        told(phase);
      }
      throw new Error('the run has no end');
    };

    const { promise: hasBegun, resolve: begun } = Promise.withResolvers<void>();
    const following = follow((phase) => phase === 'import-images' && begun());
    await hasBegun;
    await further.cancelMigration({ planId });
    expect(await following).toBe(false);
    expect(await stateOf()).toBe(MigrationState.MIGRATION_STATE_CANCELLED);
    expect(await docker.ok('ps', '--format', '{{.Names}}')).toBe('app');
    expect(await ok('ps', '-aq', '-f', 'name=app')).toBe('');

    const phases = new Set<string>();
    const victims = ['migration-0', 'migration-1', 'volumes-0', 'containers-0'];
    const killed: Promise<void>[] = [];
    const kill = (phase: string): void => {
      const victim = phases.has(phase) ? undefined : victims.shift();
      phases.add(phase);
      if (victim) killed.push(killOne(engine(), victim));
    };
    const ends = await Promise.all([insist(() => follow(kill)), insist(() => follow())]);
    await Promise.all(killed);
    expect(ends).toEqual([true, true]);
    expect(await stateOf()).toBe(MigrationState.MIGRATION_STATE_DONE);
    expect(await docker.ok('ps', '-q')).toBe('');
    expect(await listTree(await ok('volume', 'inspect', '-f', '{{.Mountpoint}}', 'kept'))).toBe(tree);
    await ok('exec', 'app', 'test', '-s', '/data/7/file');
  }, patience);
});
