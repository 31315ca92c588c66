import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cancelled, unavailable } from '@arcbox/errors';
import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { openStore } from '@arcbox/store';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { isSameNetwork } from '../src/plan/same-network.ts';
import type { RunContext } from '../src/run/context.ts';
import { followRun } from '../src/run/follow.ts';
import { importImages } from '../src/run/import-images.ts';
import { importVolumes } from '../src/run/import-volumes.ts';
import { openChronicle } from '../src/run/journal.ts';
import { makeRoom } from '../src/run/make-room.ts';
import { makeContainer, recreateContainers } from '../src/run/recreate-containers.ts';
import { makeNetwork, recreateNetworks } from '../src/run/recreate-networks.ts';
import { rollBack } from '../src/run/roll-back.ts';
import { leaseOf, runOf } from '../src/run/run.ts';
import { Runner } from '../src/run/runner.ts';
import { requireStandIn } from '../src/run/stand-in.ts';
import { toCreateOrder } from '../src/settings/container.ts';
import { surroundingsOf } from '../src/settings/surroundings.ts';
import { openSource } from '../src/source/find-source.ts';
import { Containers } from '../src/target/containers-client.ts';
import { Volumes } from '../src/target/volumes-client.ts';
import { clear, needs, startEngine, type TestEngine } from './engine.ts';
import { startFakeEngine } from './fake-engine.ts';
import { makeRun, type MadeRun } from './made-run.ts';

const surprise = 'here since the plan was made';

describeIf(needs, 'a run among people who meddle', () => {
  let engine: TestEngine;
  beforeAll(async () => {
    engine = await startEngine();
  });
  afterAll(() => engine[Symbol.asyncDispose]());
  afterEach(() => clear(engine.here));

  /** An image that runs until it is told to end. */
  const plantImage = async (reference: string): Promise<string> => {
    const script = 'd=$(mktemp -d); mkdir $d/bin; cp /bin/busybox $d/bin/; for c in sh sleep; do ln -s busybox $d/bin/$c; done; echo "$1" > $d/name; tar -C $d -c .; rm -r $d';
    const filesystem = execFileSync('sh', ['-euc', script, 'sh', reference], { maxBuffer: 1 << 26 });
    const pieces = async function* () {
      yield { data: filesystem.subarray(0, 1 << 20), reference };
      yield { data: filesystem.subarray(1 << 20), eof: true };
    };
    return (await engine.here.store.importFilesystem(pieces())).id;
  };
  const untilToldToEnd = ['/bin/sh', '-c', 'trap exit TERM; /bin/sleep 1000 & wait'];
  /** A planned container, as the source has told it. */
  const planned = (name: string, imageId: string) => {
    const { order } = toCreateOrder({ Id: `at-source-${name}`, Name: `/${name}`, Image: imageId, Config: { Image: imageId, Cmd: untilToldToEnd }, HostConfig: { NetworkMode: 'none' } }, {}, surroundingsOf('docker', [], []));
    return { id: `at-source-${name}`, name, imageId, order, needs: [], after: [], state: 'stopped' as const };
  };
  const nobody = (): Promise<never> => Promise.reject(new Error('the source is not needed'));
  const undo = async ({ context }: MadeRun): Promise<readonly string[]> => {
    await rollBack(context, nobody);
    expect(context.items.isEmpty()).toBe(true);
    return context.journal.run.left;
  };
  /** An engine that has nothing; its volumes are empty. */
  const emptySource = async (run: MadeRun): Promise<RunContext & AsyncDisposable> => {
    await using stack = new AsyncDisposableStack();
    const place = stack.use(temporaryRoot()).path;
    const path = join(place, 'source.sock');
    stack.use(await startFakeEngine(path, { content: execFileSync('tar', ['-c', '--exclude=./*', '-C', place, '.']) }));
    const source = stack.use(await openSource(run.context.host, path, run.context.signal));
    const owned = stack.move();
    return { ...run.context, source, [Symbol.asyncDispose]: () => owned.disposeAsync() };
  };
  const namesOf = async (): Promise<string[]> => (await engine.here.containers.list({ all: true })).containers.map(({ names, state }) => `${names[0]?.slice(1)} ${state}`).sort();
  const stateOf = async (planId: string): Promise<MigrationState | undefined> =>
    (await engine.migration.engine.listMigrations({})).migrations.find((one) => one.planId === planId)?.state;

  it('is finished when everything has arrived, though the source is gone and somebody wants it undone', async () => {
    const { volumes } = engine.here;
    using run = makeRun(engine, { replacements: ['volume data'] });
    const { plan, context, chronicle, plans } = run;
    await volumes.create({ name: 'data' });
    await volumes.create({ name: 'data.old' });
    const { created } = await volumes.inspect({ name: 'data' });
    context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: true, aside: 'data.old', created, isDone: true });
    plans.put(plan);
    chronicle.runs.put({ ...runOf(chronicle.runs, plan.id), state: 'running', attempt: 1, phase: 'complete', cancelWanted: true });
    await eventually(async () => expect(await stateOf(plan.id)).toBe(MigrationState.MIGRATION_STATE_DONE));
    expect((await volumes.list({})).volumes.map(({ name }) => name)).toEqual(['data']);
    expect((await volumes.inspect({ name: 'data' })).created).toBe(created);
    await engine.migration.engine.removeMigration({ planId: plan.id });
  });

  it('is told to whoever cancels it what could not be put back, and is the only one that runs', async () => {
    const { migrations, engine: further } = engine.migration;
    using run = makeRun(engine);
    using next = makeRun(engine);
    const { plan, context, chronicle, plans } = run;
    await engine.here.volumes.create({ name: 'data.old' });
    context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: true, aside: 'data.old', created: 'some day', isDone: true });
    for (const one of [plan, next.plan]) plans.put(one);
    {
      using _lease = chronicle.store.leases.tryHold(leaseOf(plan.id));
      chronicle.runs.put({ ...runOf(chronicle.runs, plan.id), state: 'running', attempt: 1, phase: 'import-volumes' });
      await expect(Array.fromAsync(migrations.runMigration({ planId: next.plan.id }))).rejects.toThrow(`FAILED_PRECONDITION: migration ${plan.id} runs: one at a time`);
    }
    const why = 'not put back: volume data: what was here is in volume data.old';
    expect(await further.cancelMigration({ planId: plan.id })).toEqual({ notPutBack: [why] });
    expect((await further.listMigrations({})).migrations.find(({ planId }) => planId === plan.id)).toMatchObject({ state: MigrationState.MIGRATION_STATE_CANCELLED, warnings: [why] });
    context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: false, isDone: true });
    for (const { id } of [plan, next.plan]) await further.removeMigration({ planId: id });
    expect(context.items.isEmpty()).toBe(true);
  });

  it('names the containers of a source that is gone, which nobody can start again', async () => {
    using run = makeRun(engine, { containers: [planned('db', ''), planned('web', '')] });
    const { context } = run;
    for (const name of ['db', 'web']) context.items.put<'source'>({ kind: 'source', name: `at-source-${name}`, was: 'running', isDone: true });
    await rollBack(context, () => Promise.reject(unavailable('nobody answers')));
    expect(context.items.isEmpty()).toBe(true);
    expect(context.journal.run.left.toSorted()).toEqual(['db', 'web'].map((name) => `not put back: container of the source ${name}: nobody answers`));
  });

  it('ends for those who follow it when it is removed', async () => {
    using run = makeRun(engine);
    const { plan, context, chronicle } = run;
    chronicle.runs.put({ ...runOf(chronicle.runs, plan.id), state: 'failed', attempt: 1 });
    const following = Array.fromAsync(followRun(chronicle, plan.id, context.signal));
    chronicle.runs.delete(plan.id);
    await expect(following).rejects.toThrow(`no such migration plan: ${plan.id}`);
  });

  it('is looked for by the clock, and a look that fails ends nothing', async () => {
    using run = makeRun(engine);
    const { context, chronicle, plans } = run;
    await using files = temporaryRoot();
    const store = openStore(join(files.path, 'state.db'));
    const { log } = engine.migration.worker.host;
    const complaints: unknown[] = [];
    const listening = Object.assign(Object.create(log) as typeof log, { error: (...words: unknown[]) => void complaints.push(words) });
    await using _runner = new Runner({ ...context, ...chronicle, ...openChronicle(store), plans, log: listening });
    store[Symbol.dispose]();
    await eventually(() => expect(complaints.join()).toContain('runs cannot be looked at'));
  });

  it('takes a container for its own by the key that made it, not by its name', async () => {
    const imageId = await plantImage('app:1');
    const [ours, theirs] = [planned('ours', imageId), planned('theirs', imageId)];
    using run = makeRun(engine, { containers: [ours, theirs] });
    const { context } = run;
    context.items.put<'image'>({ kind: 'image', name: imageId, wasHere: true, before: {}, kept: {}, localId: imageId, isDone: true });
    await engine.here.containers.create({ name: 'theirs', image: 'app:1', cmd: untilToldToEnd, networkMode: 'none' });
    // The worker has died before it heard of it.
    const { id } = await makeContainer(context, ours);
    await using whole = await emptySource(run);
    await expect(recreateContainers(whole)).rejects.toThrow('theirs');
    expect(context.items.get('container', 'ours')).toMatchObject({ container: id, isDone: true });
    expect(context.items.get('container', 'theirs')?.container).toBeUndefined();
    context.items.put<'container'>({ kind: 'container', name: 'ours', isDone: false });
    expect(await undo(run)).toEqual([]);
    expect(await namesOf()).toEqual(['theirs created']);
  });

  it('takes a network for its own by the key that made it, not by its name', async () => {
    const order = (name: string, subnet: string) => ({ order: { name, internal: false, ipv6: false, labels: {}, subnets: [{ subnet, gateway: '', range: '' }] } });
    const [ours, theirs] = [order('ours', '10.205.1.0/24'), order('theirs', '10.205.2.0/24')];
    using run = makeRun(engine, { networks: [ours, theirs] });
    const { context } = run;
    context.items.put<'network'>({ kind: 'network', name: 'theirs', isReused: false, isDone: false });
    await engine.here.networks.create({ name: 'theirs' });
    {
      // Whoever makes it dies before its answer is kept.
      using store = openStore(join(engine.root.paths.service('networks'), 'state.db'));
      store.db.exec("CREATE TRIGGER death BEFORE INSERT ON answers WHEN NEW.key LIKE '%/ours' BEGIN SELECT RAISE(ABORT, 'dead'); END");
      await expect(recreateNetworks(context)).rejects.toThrow('internal error');
      store.db.exec('DROP TRIGGER death');
    }
    expect(context.items.get('network', 'ours')?.network).toBeUndefined();
    // This run's worker dies before it hears of it.
    const { id } = await makeNetwork(context, ours.order);
    await expect(recreateNetworks(context)).rejects.toThrow('theirs already exists');
    expect(context.items.get('network', 'ours')).toMatchObject({ network: id, isDone: true });
    context.items.put<'network'>({ kind: 'network', name: 'ours', isReused: false, isDone: false });
    expect(await undo(run)).toEqual([]);
    expect((await engine.here.networks.list({})).networks.map(({ name }) => name).sort()).toEqual(['bridge', 'host', 'none', 'theirs']);
    await expect(recreateNetworks(context)).rejects.toThrow(`network theirs: ${surprise}`);
  });

  it('replaces a network on which containers are that make room, and puts both back', async () => {
    const { containers, engineContainers, networks } = engine.here;
    await plantImage('app:1');
    for (const [name, subnet] of [['mesh', '10.205.3.0/24'], ['side', '10.205.4.0/24']]) await networks.create({ name, labels: { of: 'here' }, ipam: { subnets: [{ subnet }] } });
    const { id } = await containers.create({ name: 'db', image: 'app:1', cmd: untilToldToEnd, networkMode: 'mesh' });
    await engineContainers.connectNetwork({ id, attachment: { network: 'side', ipv4Address: '10.205.4.77' } });
    await containers.start({ id });
    const order = (name: string, subnet: string) => ({ order: { name, internal: true, ipv6: false, labels: {}, subnets: [{ subnet, gateway: '', range: '' }] } });
    using run = makeRun(engine, { networks: [order('mesh', '10.205.5.0/24'), order('side', '10.205.6.0/24')], containers: [planned('db', '')], replacements: ['container db', 'network mesh', 'network side'] });
    const { context } = run;
    const before = await context.targets.networks.find('side', context.signal);
    await makeRoom(context);
    await recreateNetworks(context);
    expect((await networks.inspect({ id: 'mesh' })).internal).toBe(true);
    expect((await networks.inspect({ id: 'side' })).internal).toBe(true);
    expect(await undo(run)).toEqual([]);
    expect(await namesOf()).toEqual(['db running']);
    const after = await context.targets.networks.find('side', context.signal);
    expect(before && after && isSameNetwork(before.order, after.order)).toBe(true);
    expect((await engineContainers.inspect({ id })).networks.map(({ attachment, ipv4Address }) => [attachment?.network, ipv4Address])).toEqual([['mesh', expect.stringContaining('10.205.3.')], ['side', '10.205.4.77/24']]);
  });

  it('gives a network whose subnet another has another one, unless containers have addresses there', async () => {
    const { networks } = engine.here;
    await networks.create({ name: 'theirs', ipam: { subnets: [{ subnet: '10.205.8.0/24' }] } });
    const ours = { order: { name: 'ours', internal: false, ipv6: false, labels: { a: 'b' }, subnets: [{ subnet: '10.205.0.0/16', gateway: '10.205.0.1', range: '' }] } };
    using run = makeRun(engine, { networks: [ours] });
    const { context } = run;
    await makeRoom(context);
    await recreateNetworks(context);
    const made = await networks.inspect({ id: 'ours' });
    expect([made.labels, made.ipam?.subnets.length]).toEqual([{ a: 'b' }, 1]);
    expect(context.journal.run.warnings).toEqual(['network ours: subnet 10.205.0.0/16 overlaps 10.205.8.0/24 of network theirs: here it has another subnet']);
    // Whoever undoes it may not have heard its id.
    context.items.put<'network'>({ kind: 'network', name: 'ours', isReused: false, isElsewhere: true, isDone: false });
    expect(await undo(run)).toEqual([]);
    expect((await networks.list({})).networks.map(({ name }) => name).sort()).toEqual(['bridge', 'host', 'none', 'theirs']);

    const { order, ...db } = planned('db', '');
    const attachments = [{ network: 'ours', ipv4: '10.205.0.9', ipv6: '', mac: '', aliases: [] }];
    using strict = makeRun(engine, { networks: [ours], containers: [{ ...db, order: { ...order, network: { ...order.network, attachments } } }] });
    await expect(makeRoom(strict.context)).rejects.toThrow('10.205.0.0/16 overlaps 10.205.8.0/24 of network theirs, which is here, and containers have addresses there: db; it cannot be made until the other is removed');
    await expect(recreateNetworks(strict.context)).rejects.toThrow('overlaps 10.205.8.0/24 of network theirs; containers have addresses there: db');
    expect(await undo(strict)).toEqual([]);
  });

  it('touches no volume that somebody has made since the plan, nor what an earlier run has left', async () => {
    const { volumes } = engine.here;
    const order = { name: 'data', options: {}, labels: {} };
    const [late, early] = [makeRun(engine, { volumes: [{ order, mountpoint: '' }] }), makeRun(engine, { replacements: ['volume data'] })];
    using _late = late;
    using _early = early;
    const { mountpoint } = await volumes.create({ name: 'data' });
    execFileSync('sh', ['-euc', 'echo precious > file'], { cwd: mountpoint });
    await using whole = await emptySource(late);
    await expect(importVolumes(whole)).rejects.toThrow(`volume data: ${surprise}`);
    expect(await undo(late)).toEqual([]);
    // Made after the look for it.
    late.context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: false, aside: 'data.new', isDone: false });
    await expect(requireStandIn(late.context, 'data')).rejects.toThrow(`volume data: ${surprise}`);
    expect(await undo(late)).toEqual([]);
    // What was here is where what has come was: it could not be exchanged back, for somebody uses it.
    await volumes.create({ name: 'data.old' });
    const { created } = await volumes.inspect({ name: 'data' });
    const imageId = await plantImage('app:1');
    const { id } = await engine.here.containers.create({ name: 'user', image: imageId, cmd: untilToldToEnd, networkMode: 'none', mounts: [{ source: 'data', target: '/data' }] });
    await engine.here.containers.start({ id });
    early.context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: true, aside: 'data.old', created, isDone: true });
    expect((await undo(early)).join()).toMatch(/not put back: volume data: .*in use by .*; what was here is in volume data.old/);
    early.context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: true, aside: 'data.old', created: 'another time', isDone: true });
    expect((await undo(early)).join()).toContain('not put back: volume data: what was here is in volume data.old');
    expect((await volumes.list({})).volumes.map(({ name }) => name).sort()).toEqual(['data', 'data.old']);
    expect(execFileSync('cat', [join(mountpoint, 'file')], { encoding: 'utf8' })).toBe('precious\n');
  });

  it('knows of an exchange that it is cancelled in whether it has happened', async () => {
    const { volumes } = engine.here;
    const cancel = new AbortController();
    /** Somebody cancels as soon as it is asked for. */
    class Watched extends Volumes {
      override async exchange(...args: Parameters<Volumes['exchange']>): Promise<void> {
        const exchanging = super.exchange(...args);
        cancel.abort(cancelled('the migration was cancelled'));
        return exchanging;
      }
    }
    const order = { name: 'data', options: {}, labels: {} };
    using run = makeRun(engine, { volumes: [{ order, mountpoint: '' }], replacements: ['volume data'] });
    await using whole = await emptySource(run);
    const createdOf = async (name: string): Promise<string> => (await volumes.inspect({ name })).created;
    for (const name of ['data', 'data.new']) await volumes.create({ name });
    const [before, come] = [await createdOf('data'), await createdOf('data.new')];
    expect(before).not.toBe(come);
    whole.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: true, aside: 'data.new', created: come, isDone: false });
    const targets = { ...whole.targets, volumes: new Watched(engine.migration.worker.host.clients) };
    await importVolumes({ ...whole, targets, signal: cancel.signal }).catch(() => {});
    expect(cancel.signal.aborted).toBe(true);
    expect(whole.items.get('volume', 'data')?.isDone).toBe(true);
    expect(await createdOf('data')).toBe(come);
    expect(await undo(run)).toEqual([]);
    expect(await createdOf('data')).toBe(before);
    expect((await volumes.list({})).volumes).toHaveLength(1);
  });

  it('replaces what has the longest names, and puts it back', async () => {
    const { containers, volumes } = engine.here;
    const [first, second] = [`${'v'.repeat(254)}1`, `${'v'.repeat(254)}2`];
    const name = 'c'.repeat(255);
    const imageId = await plantImage('app:1');
    const mountpoints = [await volumes.create({ name: first }), await volumes.create({ name: second })].map(({ mountpoint }) => mountpoint);
    for (const [index, cwd] of mountpoints.entries()) execFileSync('sh', ['-euc', `echo ${index} > precious`], { cwd });
    await containers.start(await containers.create({ name, image: 'app:1', cmd: untilToldToEnd, networkMode: 'none' }));
    const planVolume = (volume: string) => ({ order: { name: volume, options: {}, labels: {} }, mountpoint: '', seenBy: { id: 'any', path: '/data' } });
    using run = makeRun(engine, { containers: [planned(name, imageId)], volumes: [planVolume(first), planVolume(second)], replacements: [`container ${name}`, `volume ${first}`, `volume ${second}`] });
    await using whole = await emptySource(run);
    whole.items.put<'image'>({ kind: 'image', name: imageId, wasHere: true, before: {}, kept: {}, localId: imageId, isDone: true });
    await makeRoom(whole);
    await importVolumes(whole);
    await recreateContainers(whole);
    expect((await namesOf()).map((one) => one.replace(/.* /, ''))).toEqual(['created', 'exited']);
    for (const cwd of mountpoints) expect(execFileSync('ls', { cwd, encoding: 'utf8' })).toBe('');
    expect(await undo(run)).toEqual([]);
    expect(await namesOf()).toEqual([`${name} running`]);
    expect((await volumes.list({})).volumes.map((one) => one.name).sort()).toEqual([first, second]);
    expect(mountpoints.map((cwd) => execFileSync('cat', ['precious'], { cwd, encoding: 'utf8' }))).toEqual(['0\n', '1\n']);
  });

  it('that is cancelled while a container makes room has it running again', async () => {
    const { containers } = engine.here;
    await using files = temporaryRoot();
    const at = (what: string): string => join(files.path, what);
    await plantImage('app:1');
    const slow = 'trap ": > /gate/told; while ! [ -e /gate/open ]; do /bin/sleep 0.1; done; exit" TERM; : > /gate/up; while :; do /bin/sleep 0.1; done';
    const { id } = await containers.create({ name: 'db', image: 'app:1', cmd: ['/bin/sh', '-c', slow], networkMode: 'none', mounts: [{ type: 'bind', source: files.path, target: '/gate' }] });
    await containers.start({ id });
    await eventually(() => expect(existsSync(at('up'))).toBe(true));
    const startedAt = async (): Promise<string | undefined> => (await containers.inspect({ id })).state?.startedAt;
    const before = await startedAt();
    /** It stops when somebody waits for that. */
    class Watched extends Containers {
      override async stop(...args: Parameters<Containers['stop']>): Promise<void> {
        writeFileSync(at('open'), '');
        await super.stop(...args);
      }
    }
    using run = makeRun(engine, { containers: [planned('db', '')], replacements: ['container db'] });
    const cancel = new AbortController();
    const stopping = makeRoom({ ...run.context, signal: cancel.signal });
    await Promise.race([eventually(() => expect(existsSync(at('told'))).toBe(true)), stopping]);
    cancel.abort(cancelled('the migration was cancelled'));
    await expect(stopping).rejects.toThrow('the migration was cancelled');
    const targets = { ...run.context.targets, containers: new Watched(engine.migration.worker.host.clients) };
    await rollBack({ ...run.context, targets }, nobody);
    expect(run.context.journal.run.left).toEqual([]);
    expect(await namesOf()).toEqual(['db running']);
    expect(await startedAt()).not.toBe(before);
  });

  it('removes the stand-in of a volume that did not come', async () => {
    using run = makeRun(engine);
    const { context } = run;
    context.items.put<'volume'>({ kind: 'volume', name: 'data', wasHere: false, aside: 'data.new', isDone: false });
    await engine.here.volumes.create({ name: 'data.new' });
    await requireStandIn(context, 'data');
    expect(await undo(run)).toEqual([]);
    expect((await engine.here.volumes.list({})).volumes).toEqual([]);
  });

  it('moves no name that was not agreed to, and removes no image that was here or that others have named', async () => {
    const { images } = engine.here;
    const [came, wasHere] = [await plantImage('came:1'), await plantImage('was-here:1')];
    const [cameLayers, otherLayers] = (await Promise.all([came, wasHere].map((id) => images.inspect({ id })))).map(({ rootFs }) => rootFs?.layers ?? []);
    const image = (id: string, tag: string, diffIds: readonly string[] = []) => ({ id: `sha256:${id.repeat(64)}`, tags: [tag], size: 1, diffIds });
    const [first, second] = [image('a', 'came:1', cameLayers), image('b', 'was-here:1', otherLayers)];
    using run = makeRun(engine, { images: [first, second] });
    const { context } = run;
    await using whole = await emptySource(run);
    await expect(importImages(whole)).rejects.toThrow(`image came:1: ${surprise}`);
    expect(await undo(run)).toEqual([]);

    // Here under ids that are not those of the source: one came with the run, the other was here without a name.
    await images.tag({ source: came, repo: 'mine', tag: '1' });
    context.items.put<'store'>({ kind: 'store', name: 'images', ids: [wasHere], isDone: true });
    context.items.put<'image'>({ kind: 'image', name: first.id, wasHere: false, before: { 'came:1': '' }, kept: {}, localId: came, isDone: true });
    context.items.put<'image'>({ kind: 'image', name: second.id, wasHere: false, before: { 'was-here:1': '' }, kept: {}, isDone: false });
    expect(await undo(run)).toEqual([expect.stringContaining('had no name, and keeps was-here:1')]);
    const left = (await images.list({ all: true })).images.map(({ id, repoTags }) => [id, repoTags]);
    expect(Object.fromEntries(left)).toEqual({ [came]: ['mine:1'], [wasHere]: ['was-here:1'] });
  });

  it('does not stop a container that would remove itself', async () => {
    const { containers, engineContainers } = engine.here;
    await plantImage('app:1');
    const { id } = await engineContainers.create({ container: { name: 'db', image: 'app:1', cmd: untilToldToEnd, networkMode: 'none' }, autoRemove: true });
    await containers.start({ id });
    using run = makeRun(engine, { containers: [planned('db', '')], replacements: ['container db'] });
    await expect(makeRoom(run.context)).rejects.toThrow('container db would remove itself when it is stopped, and could not come back: stop it first');
    expect(await namesOf()).toEqual(['db running']);
  });
});
