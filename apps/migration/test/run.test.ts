import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { cancelled } from '@arcbox/errors';
import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import type { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { usually } from '../../../tests/e2e/long.ts';
import { preparePlan } from '../src/plan/prepare.ts';
import { bringOver } from '../src/run/bring-over.ts';
import { carryChanges } from '../src/run/carry-changes.ts';
import type { RunContext } from '../src/run/context.ts';
import { importImages } from '../src/run/import-images.ts';
import { importVolumes } from '../src/run/import-volumes.ts';
import type { Chronicle } from '../src/run/journal.ts';
import { recreateContainers } from '../src/run/recreate-containers.ts';
import { recreateNetworks } from '../src/run/recreate-networks.ts';
import { rollBack } from '../src/run/roll-back.ts';
import { phases } from '../src/run/run.ts';
import { stopSource } from '../src/run/stop-source.ts';
import { tellLateStarts } from '../src/run/tell-late-starts.ts';
import type { Docker } from '../src/source/docker.ts';
import { openSource } from '../src/source/find-source.ts';
import { type SourceEngine, startDockerd } from './dockerd.ts';
import { carryOut, clear, needs, type Replica, startEngine, type TestEngine } from './engine.ts';
import { makeRun } from './made-run.ts';
import { contentOf, printedIn, seenHere } from './seen.ts';

describeIf([...needs, 'dockerd', 'docker'], 'a run', () => {
  let docker: SourceEngine;
  let engine: TestEngine;
  beforeAll(async () => {
    docker = await startDockerd();
    engine = await startEngine();
    await docker.command('tag', 'base', 'app:1');
    await docker.command('network', 'create', '--subnet', '10.202.7.0/24', 'mesh');
    await docker.command('run', '-d', '--name', 'db', '--network', 'mesh', '--ip', '10.202.7.9', '-v', 'data:/data', 'app:1');
    await docker.command('exec', 'db', 'sh', '-c', 'echo new > /data/file; echo changed > /etc/old');
    await docker.command('run', '-d', '--name', 'web', '--network', 'mesh', '--label', 'com.docker.compose.service=web', '-p', '28471:80', 'app:1');
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await docker[Symbol.asyncDispose]();
  });
  beforeEach(() => docker.command('start', 'db', 'web'));
  afterEach(() => clear(engine.here));

  const prepare = async (): Promise<string> => (await engine.migration.migrations.prepareMigration({ sourceKind: 'docker', sourceSocketPath: docker.socket })).planId;
  const running = async (): Promise<string[]> => (await docker.command('ps', '--format', '{{.Names}}')).split('\n').sort();
  const isWhole = async (): Promise<void> => {
    const { here } = engine;
    expect((await here.containers.list({})).containers.map(({ names }) => names[0]?.replace('/', '')).sort()).toEqual(['db', 'web']);
    expect(contentOf((await here.volumes.inspect({ name: 'data' })).mountpoint).join()).toContain('./file');
    expect((await here.volumes.list({})).volumes).toHaveLength(1);
    expect((await here.containers.list({ all: true })).containers).toHaveLength(2);
    expect((await here.networks.inspect({ id: 'mesh' })).ipam?.subnets[0]?.subnet).toBe('10.202.7.0/24');
    expect((await here.images.list({ all: true })).images.map(({ repoTags }) => repoTags.toSorted())).toEqual([['app:1', 'base:latest']]);
    expect(await docker.command('ps', '-q')).toBe('');
  };
  /** What is here already has the same names, and is something else. */
  const plantOthers = async (): Promise<object> => {
    const { here } = engine;
    const filesystem = execFileSync('sh', ['-euc', `d=$(mktemp -d); mkdir $d/bin; cp /bin/busybox $d/bin/; for c in sh sleep; do ln -s busybox $d/bin/$c; done; tar -C $d -c .; rm -r $d`], { maxBuffer: 1 << 26 });
    const pieces = async function* () {
      yield { data: filesystem.subarray(0, 1 << 20), reference: 'app:1' };
      yield { data: filesystem.subarray(1 << 20), eof: true };
    };
    await here.store.importFilesystem(pieces());
    const { mountpoint } = await here.volumes.create({ name: 'data', labels: { old: 'yes' } });
    execFileSync('sh', ['-euc', 'echo old > precious'], { cwd: mountpoint });
    await here.networks.create({ name: 'mesh', ipam: { subnets: [{ subnet: '10.203.1.0/24' }] } });
    const { id } = await here.containers.create({ name: 'db', image: 'app:1', cmd: ['/bin/sh', '-c', 'trap exit TERM; /bin/sleep 1000 & wait'], networkMode: 'mesh', mounts: [{ source: 'data', target: '/data' }] });
    await here.containers.start({ id });
    return seenHere(here);
  };
  /** Watches until something is told, then leaves. */
  const watchUntil = async ({ migrations }: Replica, planId: string, isIt: (event: { phase: string }) => boolean, options: object = {}): Promise<void> => {
    for await (const event of migrations.runMigration({ planId, ...options })) if (isIt(event) || event.done) return;
  };
  /** A run of what the source has, whose phases a test does. */
  const byHand = async (): Promise<{ context: RunContext; open: () => Promise<Docker>; chronicle: Chronicle } & AsyncDisposable> => {
    await using stack = new AsyncDisposableStack();
    const { context: { host, targets, signal }, plans } = stack.use(makeRun(engine));
    const order = { kind: 'docker', socket: docker.socket, allowReplacements: false, dryRun: true };
    const { context, chronicle } = stack.use(makeRun(engine, await preparePlan({ host, targets, plans }, order, signal)));
    const open = (): Promise<Docker> => openSource(host, docker.socket, signal);
    const source = stack.use(await open());
    const owned = stack.move();
    return { context: { ...context, source }, open, chronicle, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  };

  it('brings over once more what a container writes that somebody starts at the source meanwhile', async () => {
    await docker.command('exec', 'db', 'sh', '-c', 'echo early > /data/early; echo early > /etc/early');
    await using run = await byHand();
    const { context } = run;
    for (const phase of [stopSource, importImages, importVolumes, recreateNetworks, recreateContainers]) await phase(context);
    await docker.command('start', 'db');
    await docker.command('exec', 'db', 'sh', '-c', 'rm /data/early /etc/early; echo late | tee /data/late /etc/late');
    // Who looks when it has ended again sees that it has run.
    await docker.command('stop', 'db');
    await bringOver(context);
    // Once by hand; and nothing is read before somebody has looked who runs.
    const told = run.chronicle.steps.findBy('plan', context.plan.id);
    expect(told.filter(({ phase, resource }) => phase === 'import-volumes' && resource === '')).toHaveLength(2);
    expect(await printedIn(engine.here, 'db', 'sh', '-c', 'cat /data/late /etc/late /etc/old; ls /data/early /etc/early 2>&1')).toBe(
      'late\nlate\nchanged\nls: /data/early: No such file or directory\nls: /etc/early: No such file or directory\n',
    );
    expect(context.journal.run.warnings).toEqual([expect.stringContaining('container db was started at the source during the migration: it was stopped again')]);
    await isWhole();

    await docker.command('start', 'web');
    await docker.command('create', '--name', 'newcomer', '--network', 'none', 'base');
    // Those here run already, whoever goes on with it now.
    await bringOver(context);
    await docker.command('rm', 'newcomer');
    expect(await running()).toEqual(['web']);
    expect(context.journal.run.warnings).toContain('container newcomer was made at the source after the plan: it is not here');
    expect(context.journal.run.warnings).toContain('container web was started at the source after it was brought over: what it has written there since is not here');
    for (const container of context.plan.containers) await expect(carryChanges(context, { ...container, id: 'f'.repeat(64) }, '', false)).rejects.toThrow(`container ${container.name} is no longer at the source; make another plan`);
    await context.source[Symbol.asyncDispose]();
    await tellLateStarts(context);
    expect(context.journal.run.warnings).toContainEqual(expect.stringContaining('started at the source after they were brought over is not known: the source'));
  });

  it('gives up when somebody starts a container of the source whenever it is stopped, and leaves it running', async () => {
    await docker.command('stop', 'web');
    await using run = await byHand();
    const { context, open } = run;
    const { source } = context;
    const changes = source.changes.bind(source);
    source.changes = async (...args) => {
      await docker.command('start', 'web');
      return changes(...args);
    };
    await expect(bringOver(context)).rejects.toThrow('somebody starts containers of the source whenever they are stopped: web');
    await rollBack(context, open);
    expect(context.journal.run.left).toEqual([]);
    expect(context.items.isEmpty()).toBe(true);
    expect(await running()).toEqual(['db', 'web']);
    expect((await engine.here.volumes.list({})).volumes).toEqual([]);
  });

  it('that is cancelled while the source stops a container has it running again', async () => {
    await using stack = new AsyncDisposableStack();
    const gate = stack.use(temporaryRoot()).path;
    stack.defer(async () => void (await docker.command('rm', '-f', 'slow')));
    const slow = 'trap "touch /gate/told; while ! [ -e /gate/open ]; do sleep 0.1; done; exit" TERM; touch /gate/up; sleep 10000 & wait';
    await docker.command('run', '-d', '--name', 'slow', '--stop-timeout', '60', '--network', 'none', '-v', `${gate}:/gate`, 'app:1', 'sh', '-c', slow);
    const happens = (what: string): Promise<void> => eventually(() => expect(existsSync(join(gate, what))).toBe(true));
    await happens('up');
    const started = (): Promise<string> => docker.command('inspect', '-f', '{{.State.StartedAt}}', 'slow');
    const before = await started();
    const run = stack.use(await byHand());
    const cancel = new AbortController();
    const stopping = stopSource({ ...run.context, signal: cancel.signal });
    await Promise.race([happens('told'), stopping]);
    cancel.abort(cancelled('the migration was cancelled'));
    await expect(stopping).rejects.toThrow('the migration was cancelled');
    // It stops when somebody waits for that.
    const open = async (): Promise<Docker> => {
      const source = await run.open();
      const stop = source.stop.bind(source);
      source.stop = (...args) => {
        writeFileSync(join(gate, 'open'), '');
        return stop(...args);
      };
      return source;
    };
    await rollBack(run.context, open);
    expect(await running()).toEqual(['db', 'slow', 'web']);
    expect(await started()).not.toBe(before);
  });

  it('goes on where it was when its worker dies, in every phase, also at another replica', async () => {
    const planId = await prepare();
    let replica = await engine.replica('first');
    const told: string[] = [];
    const deaths = usually<readonly (typeof phases)[number][]>(phases.filter((_phase, index) => index % 3 === 1), phases);
    for (const [index, phase] of deaths.entries()) {
      await watchUntil(replica, planId, (event) => (told.push(event.phase), event.phase === phase));
      await replica[Symbol.asyncDispose]();
      replica = await engine.replica(`next-${index}`);
    }
    const rest = await carryOut(replica, planId);
    await replica[Symbol.asyncDispose]();
    expect(rest.at(-1)).toMatchObject({ message: 'everything has arrived', success: true });
    expect(deaths.filter((phase) => told.includes(phase))).toEqual(deaths);
    await isWhole();
  });

  it('is followed by everybody, at every replica, and belongs to nobody who watches', async () => {
    const planId = await prepare();
    await using other = await engine.replica('other');
    await watchUntil(engine.migration, planId, ({ phase }) => phase === 'import-images');
    const all = await Promise.all([engine.migration, other, other].map((replica) => carryOut(replica, planId)));
    for (const told of all) expect(told.at(-1)).toMatchObject({ message: 'everything has arrived', success: true, planId });
    await isWhole();
  });

  it('replaces what it was allowed to, and nothing else', async () => {
    await plantOthers();
    const { migrations } = engine.migration;
    const plan = await migrations.prepareMigration({ sourceKind: 'docker', sourceSocketPath: docker.socket });
    expect(plan).toMatchObject({ replacementsRequired: true });
    expect(plan.warnings.join()).toContain('image app:1, volume data, network mesh, container db');
    await expect(carryOut(engine.migration, plan.planId)).rejects.toThrow('FAILED_PRECONDITION: what exists here would be replaced');
    const late = await engine.here.engineContainers.create({ container: { name: 'web', image: 'app:1', cmd: ['/bin/sleep', '1000'], networkMode: 'none' }, autoRemove: true });
    await engine.here.containers.start({ id: late.id });
    const { id: other } = await engine.here.networks.create({ name: 'other', ipam: { subnets: [{ subnet: '10.202.7.128/25' }] } });
    const { warnings } = await migrations.prepareMigration({ sourceKind: 'docker', sourceSocketPath: docker.socket, allowReplacements: true, dryRun: true });
    await engine.here.networks.remove({ id: other });
    expect(warnings).toContain('network mesh: 10.202.7.0/24 overlaps 10.202.7.128/25 of network other, which is here, and containers have addresses there: db; it cannot be made until the other is removed');
    // Nobody else tells of a plan that is not kept.
    expect(warnings.join()).toContain('what exists here would be replaced: image app:1, volume data');
    expect(warnings).toContain('container web, which is here, removes itself when it is stopped: stop it before the migration');
    expect(warnings.join()).not.toContain('container db, which is here');
    const refused = await carryOut(engine.migration, plan.planId, { allowReplacements: true });
    expect(refused.at(-1)).toMatchObject({ done: true, success: false, message: 'container web: here since the plan was made; make another' });
    await engine.here.containers.remove({ id: late.id, force: true });
    await watchUntil(engine.migration, plan.planId, ({ phase }) => phase === 'complete', { allowReplacements: true });
    // What was replaced is going already.
    await expect(engine.migration.engine.cancelMigration({ planId: plan.planId })).rejects.toThrow('FAILED_PRECONDITION');
    const told = await carryOut(engine.migration, plan.planId);
    expect(told.at(-1)).toMatchObject({ success: true });
    expect((await engine.here.volumes.inspect({ name: 'data' })).labels).toEqual({});
    await isWhole();
  });

  it.each(usually(['recreate-networks'], ['import-images', 'recreate-networks', 'start-containers']))('is undone when it is cancelled in %s: all is as it was', async (phase) => {
    const before = await plantOthers();
    const planId = await prepare();
    const follow = (): Promise<RunMigrationEvent[]> => Array.fromAsync(engine.migration.engine.followMigration({ planId }));
    await expect(follow()).rejects.toThrow(`FAILED_PRECONDITION: migration ${planId} was never run`);
    await watchUntil(engine.migration, planId, (event) => event.phase === phase, { allowReplacements: true });
    const ending = carryOut(engine.migration, planId);
    await using other = await engine.replica('canceller');
    await other.engine.cancelMigration({ planId });
    expect((await ending).at(-1)).toMatchObject({ done: true, success: false, message: 'the migration was cancelled' });
    // Who follows begins nothing.
    expect((await follow()).at(-1)).toMatchObject({ done: true, success: false, message: 'the migration was cancelled' });
    expect(await seenHere(engine.here)).toEqual(before);
    expect(await running()).toEqual(['db', 'web']);
    const [plan] = (await engine.migration.engine.listMigrations({})).migrations;
    expect(plan).toMatchObject({ state: MigrationState.MIGRATION_STATE_CANCELLED });
    await expect(engine.migration.engine.cancelMigration({ planId })).rejects.toThrow('FAILED_PRECONDITION');
  });

  it('is undone when something fails, also by a worker that comes later, and may run again', async () => {
    const before = await plantOthers();
    const server = createServer().listen(28471, '0.0.0.0');
    await once(server, 'listening');
    const planId = await prepare();
    const first = await engine.replica('fails');
    let replica: Replica | undefined;
    for await (const { message, done } of first.migrations.runMigration({ planId, allowReplacements: true })) {
      if (!message.endsWith('everything is put back') && !done) continue;
      expect(message).toMatch(/^container web: .*28471/);
      await first[Symbol.asyncDispose]();
      replica = await engine.replica('puts-back');
      break;
    }
    await eventually(async () => expect((await engine.migration.engine.listMigrations({})).migrations[0]).toMatchObject({ state: MigrationState.MIGRATION_STATE_FAILED }));
    await replica?.[Symbol.asyncDispose]();
    expect(await seenHere(engine.here)).toEqual(before);
    expect(await running()).toEqual(['db', 'web']);
    await new Promise((resolve) => server.close(resolve));
    expect((await carryOut(engine.migration, planId, { allowReplacements: true })).at(-1)).toMatchObject({ success: true });
    await isWhole();
    await engine.migration.engine.removeMigration({ planId });
    await expect(carryOut(engine.migration, planId)).rejects.toThrow(`NOT_FOUND: no such migration plan: ${planId}`);
  });
});
