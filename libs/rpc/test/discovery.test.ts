import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Bus } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { announce, Clients, Directory, type Registration, Replicas } from '@arcbox/rpc';
import { bundle, type ChildServer, eventually, freePort, type NatsServer, startNats, startProcess, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { Status } from 'nice-grpc';

const registration = (replica: string, more: Partial<Registration> = {}): Registration => ({
  worker: 'images',
  replica,
  node: 'here',
  address: `unix:/nowhere/${replica}.sock`,
  version: '1.2.3',
  services: ['arcbox.v1.ImageService'],
  pid: 1,
  startedAt: new Date().toISOString(),
  ...more,
});

/** What another process would know: a directory on a connection of its own. */
class Observer implements AsyncDisposable {
  readonly bus: Bus;
  readonly directory: Directory;
  readonly replicas: Replicas;
  readonly clients: Clients;

  constructor(url: string, file: string) {
    this.bus = new Bus({ url, name: 'observer', log: silentLogger });
    this.directory = new Directory({ bus: this.bus, file, log: silentLogger });
    this.replicas = new Replicas(this.directory);
    this.clients = new Clients(this.replicas, 'test');
  }

  known(worker = 'images'): string[] {
    return this.directory.replicas(worker).map(({ replica }) => replica);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.replicas[Symbol.dispose]();
    await this.directory[Symbol.asyncDispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

describe('discovery', () => {
  let root: TemporaryRoot;
  let nats: NatsServer;
  let program: string;
  beforeAll(() => {
    root = temporaryRoot();
    program = bundle(join(import.meta.dirname, 'worker-process.ts'), root.path);
  });
  afterAll(() => root[Symbol.asyncDispose]());
  beforeEach(async () => {
    nats = await startNats();
  });
  afterEach(() => nats[Symbol.asyncDispose]());

  let files = 0;
  const observer = (file = join(root.path, `peers-${files++}.json`)): Observer => new Observer(nats.url, file);
  const startReplica = (replica: string): Promise<ChildServer> =>
    startProcess(process.execPath, [program], {
      env: { ARCBOX_ROOT: root.path, ARCBOX_NATS_URL: nats.url, ARCBOX_REPLICA: replica, ARCBOX_USER: '' },
    });
  const inspect = async ({ clients }: Observer): Promise<string | undefined> =>
    (await (await clients.of(ImageServiceDefinition)).inspect({ id: 'x' }, { deadline: 5_000 })).repoTags[0];

  it('finds replicas, takes them in turn, and notices at once when one leaves', async () => {
    await using me = observer();
    await using first = await startReplica('0');
    await using _second = await startReplica('1');
    await eventually(() => expect(me.known()).toEqual(['images-0', 'images-1']));
    await eventually(async () => expect(new Set([await inspect(me), await inspect(me)]).size).toBe(2));
    expect(me.directory.replicas('images')[0]).toMatchObject({ pid: first.pid, services: ['arcbox.v1.ImageService'] });
    const started = performance.now();
    await first.kill('SIGTERM');
    await eventually(() => expect(me.known()).toEqual(['images-1']));
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('passes over a killed replica at once, and forgets it', async () => {
    await using me = observer();
    await using first = await startReplica('0');
    await using _second = await startReplica('1');
    await eventually(() => expect(me.known()).toHaveLength(2));
    await eventually(async () => expect(new Set([await inspect(me), await inspect(me)]).size).toBe(2));
    await first.kill('SIGKILL');
    for (let i = 0; i < 20; i++) expect(await inspect(me)).toBe('images-1');
    await eventually(() => expect(me.known()).toEqual(['images-1']));
  });

  it('asks another replica what the one that was killed had to tell, and no other to do what it had to do', async () => {
    await using me = observer();
    await using first = await startReplica('0');
    await using _second = await startReplica('1');
    await eventually(() => expect(me.known()).toHaveLength(2));
    /** Stubs of both: they are given in turn. */
    const stubs = await eventually(async () => {
      const both = [await me.clients.of(ImageServiceDefinition), await me.clients.of(ImageServiceDefinition)];
      expect(new Set(both).size).toBe(2);
      return both;
    });
    const deadline = 20_000;
    const asked = stubs.flatMap((images) => ['slow-images-0', 'begun-images-0'].map((id) => images.inspect({ id }, { deadline })));
    const done = Promise.allSettled(stubs.map((images) => images.remove({}, { deadline: 2_000 })));
    // Told that it changes nothing, anything may be asked again.
    const harmless = Promise.allSettled(stubs.map((images) => images.remove({}, { deadline: 2_000, changesNothing: true })));
    await sleep(200);
    await first.kill('SIGKILL');
    expect((await Promise.all(asked)).map(({ repoTags }) => repoTags)).toEqual(Array(4).fill(['images-1']));
    const reasons = (ends: PromiseSettledResult<unknown>[]): Set<unknown> => new Set(ends.map((end) => (end.status === 'rejected' ? (end.reason as { code?: unknown }).code : 'done')));
    expect(reasons(await done)).toEqual(new Set([Status.DEADLINE_EXCEEDED, Status.UNAVAILABLE]));
    expect(reasons(await harmless)).toEqual(new Set([Status.DEADLINE_EXCEEDED]));
    // A stub that is kept beyond the end of its replica.
    await eventually(() => expect(me.known()).toEqual(['images-1']));
    expect(await Promise.all(stubs.map(async (images) => (await images.inspect({ id: 'x' }, { deadline })).repoTags))).toEqual([['images-1'], ['images-1']]);
  });

  it('says in words that nobody is there, that a worker went away, that it did not answer', async () => {
    await using me = observer();
    const started = performance.now();
    await expect(me.clients.of(VolumeServiceDefinition)).rejects.toMatchObject({ kind: 'unavailable', message: 'no volumes worker is running' });
    expect(performance.now() - started).toBeLessThan(1_000);
    await using worker = await startReplica('0');
    const images = await eventually(() => me.clients.of(ImageServiceDefinition));
    await expect(images.remove({}, { deadline: 100 })).rejects.toMatchObject({
      code: Status.DEADLINE_EXCEEDED,
      details: 'the images worker did not answer in time',
    });
    const call = expect(images.remove({})).rejects.toMatchObject({
      code: Status.UNAVAILABLE,
      details: 'the images worker went away during the call',
    });
    await sleep(100);
    await worker.kill('SIGKILL');
    await call;
  });

  it('a restarted replica is called again without delay', async () => {
    await using me = observer();
    const before = await startReplica('0');
    await eventually(() => inspect(me));
    await before.kill('SIGKILL');
    // The dead address is tried, so that it has a backoff to inherit.
    for (let i = 0; i < 5; i++) await inspect(me).catch(() => sleep(100));
    await using again = await startReplica('0');
    await eventually(() => expect(me.directory.replicas('images')[0]?.pid).toBe(again.pid));
    expect(await inspect(me)).toBe('images-0');
  });

  it('without the bus the last known replicas stand, also for one who starts then; afterwards all is as before', async () => {
    const file = join(root.path, 'kept.json');
    await using me = observer(file);
    await using _worker = await startReplica('0');
    await eventually(() => inspect(me));
    await nats.stop('SIGKILL');
    await eventually(() => expect(me.bus.connected).toBe(false));
    expect(await inspect(me)).toBe('images-0');
    {
      await using other = observer(file);
      expect(other.known()).toEqual(['images-0']);
      expect(await inspect(other)).toBe('images-0');
    }
    await using _second = await startReplica('1');
    await sleep(500);
    expect(me.known()).toEqual(['images-0']);
    await nats.start();
    await eventually(() => expect(me.known()).toEqual(['images-0', 'images-1']));
    // It is not forgotten again by and by, and neither is one that a bus that hangs knew.
    const port = await freePort();
    await using hanging = await startProcess('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { port });
    await using theirs = new Bus({ url: `nats://127.0.0.1:${port}`, name: 'theirs', log: silentLogger });
    await using they = new Observer(`nats://127.0.0.1:${port}`, join(root.path, 'hanging.json'));
    await using _announced = announce(theirs, registration('images-5'), silentLogger);
    await eventually(() => expect(they.known()).toEqual(['images-5']));
    process.kill(hanging.pid, 'SIGSTOP');
    await sleep(11_000);
    expect(they.known()).toEqual(['images-5']);
    process.kill(hanging.pid, 'SIGCONT');
    expect(me.known()).toEqual(['images-0', 'images-1']);
    await using fresh = observer();
    await eventually(() => expect(fresh.known()).toEqual(['images-0', 'images-1']));
  });

  it('a replica that is late is not forgotten because many ask at once', async () => {
    await using me = observer();
    await using theirs = new Bus({ url: nats.url, name: 'theirs', log: silentLogger });
    const connection = await theirs.connection;
    await using _prompt = announce(theirs, registration('images-1'), silentLogger);
    await eventually(() => expect(me.known()).toEqual(['images-1']));
    connection.publish('arcbox.discovery.v1.changes', JSON.stringify({ arrived: registration('images-2') }));
    await eventually(() => expect(me.known()).toEqual(['images-1', 'images-2']));
    for (let i = 0; i < 6; i++) {
      connection.publish('$SRV.INFO', '', { reply: 'arcbox.discovery.v1.answers' });
      await connection.flush();
      // Its answer has been heard when this is here.
      connection.publish('arcbox.discovery.v1.changes', JSON.stringify({ arrived: registration(`images-1${i}`) }));
      await eventually(() => expect(me.known()).toContain(`images-1${i}`));
    }
    expect(me.known()).toContain('images-2');
  });

  it('a registration is taken back, also one that was never made', async () => {
    await using me = observer();
    await using theirs = new Bus({ url: nats.url, name: 'theirs', log: silentLogger });
    {
      await using _announced = announce(theirs, registration('images-7'), silentLogger);
      await eventually(() => expect(me.known()).toEqual(['images-7']));
    }
    await eventually(() => expect(me.known()).toEqual([]));
    await using lost = new Bus({ url: 'nats://127.0.0.1:1', name: 'lost', log: silentLogger });
    await announce(lost, registration('images-8'), silentLogger)[Symbol.asyncDispose]();
  });

  it('a newer start counts, an older one does not come back', async () => {
    await using me = observer();
    await using theirs = new Bus({ url: nats.url, name: 'theirs', log: silentLogger });
    const connection = await theirs.connection;
    const say = (change: unknown): void => connection.publish('arcbox.discovery.v1.changes', JSON.stringify(change));
    const [older, newer] = ['2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.000Z'];
    await me.bus.connection;
    await sleep(100);
    say({ arrived: registration('images-0', { pid: 10, startedAt: newer }) });
    say({ arrived: registration('images-0', { pid: 9, startedAt: older }) });
    say({ left: registration('images-0', { pid: 9, startedAt: older }) });
    await eventually(() => expect(me.directory.all().map(({ pid }) => pid)).toEqual([10]));
    await connection.flush();
    await sleep(100);
    expect(me.directory.all().map(({ pid }) => pid)).toEqual([10]);
  });

  it('nonsense on the bus and in the file is passed over', async () => {
    const file = join(root.path, 'broken.json');
    for (const content of ['', '{', '"x"', '{}', '[1, null, {"worker": "images"}]', JSON.stringify([registration('images-3')])]) {
      writeFileSync(file, content);
      await using me = observer(file);
      expect(me.known()).toEqual(content.includes('images-3') ? ['images-3'] : []);
    }
    await using me = observer();
    await using theirs = new Bus({ url: nats.url, name: 'theirs', log: silentLogger });
    const connection = await theirs.connection;
    await using _stranger = { [Symbol.asyncDispose]: async () => void (await service.stop()) };
    const service = await connection.services.add({ name: 'stranger', version: '1.0.0', metadata: { worker: 'images' } });
    for (const text of ['', 'x', 'null', '1', '{}', '{"arrived":null}', '{"arrived":{"worker":"images"}}', '{"left":7}']) {
      connection.publish('arcbox.discovery.v1.changes', text);
    }
    await using _announced = announce(theirs, registration('images-9'), silentLogger);
    await eventually(() => expect(me.known()).toEqual(['images-9']));
  });

  it('keeps what it knows in its file', async () => {
    const file = join(root.path, 'written.json');
    await using me = observer(file);
    await using theirs = new Bus({ url: nats.url, name: 'theirs', log: silentLogger });
    const mine = registration('images-0');
    await using _announced = announce(theirs, mine, silentLogger);
    await eventually(() => expect(me.known()).toEqual(['images-0']));
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([mine]);
  });
});
