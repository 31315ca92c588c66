import { EventLog } from '@arcbox/events';
import { silentLogger } from '@arcbox/log';
import { describeIf, eventually } from '@arcbox/testing';
import { Metadata } from 'nice-grpc';
import { collect, needs, startEngine, type TestEngine } from './engine.ts';

/** Metadata of a call as the gateway passes it on. */
const by = (requestId: string): { metadata: Metadata } => ({
  metadata: Metadata({ 'x-request-id': requestId, 'x-arcbox-method': '/a.Client/Called', 'x-arcbox-client': 'uid=7 pid=8 gid=9' }),
});

const shell = (script: string): string[] => ['sh', '-c', script];

describeIf(needs, 'the cause of an event', () => {
  let engine: TestEngine;
  beforeAll(async () => (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  /** `action request` of each event of a container; `-` where nobody asked for it. */
  const causesOf = async (id: string): Promise<string[]> => {
    await using log = new EventLog(engine.worker.host.bus, silentLogger);
    const all = await collect(log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal }));
    return all.filter(({ event }) => event.actor?.id === id).map(({ event, cause }) => `${event.action} ${cause?.requestId ?? '-'}`);
  };

  const told = (id: string, causes: readonly string[]): Promise<void> =>
    eventually(async () => expect(await causesOf(id)).toEqual(causes));

  it('is the request of the client, with all that is known of it', async () => {
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] }, by('make'));
    await eventually(async () => expect(await causesOf(id)).toEqual(['create make']));
    await using log = new EventLog(engine.worker.host.bus, silentLogger);
    const all = await collect(log.read({ start: { seq: 1 }, follow: false, signal: new AbortController().signal }));
    expect(all.find(({ event }) => event.actor?.id === id)?.cause).toEqual({
      requestId: 'make',
      method: '/a.Client/Called',
      client: 'uid=7 pid=8 gid=9',
      traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/),
    });
  });

  it('is nobody where a container ends by itself, whoever has started it and whoever looks on', async () => {
    const { containers } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: shell('sleep 0.3') }, by('make'));
    await containers.start({ id }, by('start'));
    await containers.wait({ id }, by('wait'));
    await containers.remove({ id }, by('remove'));
    await told(id, ['create make', 'start start', 'die -', 'destroy remove']);
  });

  it('is the stop, or the kill, for all that follows from it', async () => {
    const { containers } = engine;
    const gentle = shell('trap "exit 0" TERM; while :; do sleep 0.02; done');
    const stopped = await engine.engine.create({ container: { image: 'busybox', cmd: gentle }, autoRemove: true }, by('make'));
    const killed = await containers.create({ image: 'busybox', cmd: ['sleep', '1000'] }, by('make'));
    for (const { id } of [stopped, killed]) await containers.start({ id }, by('start'));
    await containers.stop({ id: stopped.id, timeout: 20 }, by('stop'));
    await containers.kill({ id: killed.id }, by('kill'));
    await containers.wait({ id: killed.id }, by('wait'));
    await eventually(async () =>
      expect((await causesOf(stopped.id)).sort()).toEqual(['create make', 'destroy stop', 'die stop', 'kill stop', 'start start', 'stop stop']),
    );
    await eventually(async () => expect((await causesOf(killed.id)).sort()).toEqual(['create make', 'die kill', 'kill kill', 'start start']));
    // The next run has nothing to do with it.
    await containers.start({ id: killed.id }, by('again'));
    process.kill((await containers.inspect({ id: killed.id })).state?.pid ?? 0, 'SIGKILL');
    await containers.wait({ id: killed.id });
    await eventually(async () => expect((await causesOf(killed.id)).slice(-2)).toEqual(['start again', 'die -']));
  });

  it('is nobody for what the engine does by itself: restarts, checks, notes of memory, the end of an exec', async () => {
    const { id } = await engine.engine.create(
      {
        container: {
          image: 'busybox',
          cmd: shell('trap "dd if=/dev/zero of=/dev/null bs=64M count=1" USR1; while :; do sleep 0.02; done'),
          limits: { memoryBytes: 16n << 20n, memorySwap: 16n << 20n },
        },
        options: { restartPolicy: { name: 'on-failure', maximumRetries: 3 }, healthCheck: { test: ['CMD', 'true'], intervalNanos: 50_000_000n } },
      },
      by('make'),
    );
    const { containers } = engine;
    await containers.start({ id }, by('start'));
    await told(id, ['create make', 'start start', 'health_status -']);
    await containers.kill({ id, signal: 'USR1' }, by('signal'));
    await eventually(async () => expect(await causesOf(id)).toContain('oom -'));
    const exec = await containers.execCreate({ containerId: id, cmd: ['true'] }, by('exec'));
    await collect(containers.execStart({ id: exec.id }, by('exec')));
    await eventually(async () => expect(await causesOf(id)).toContain('exec_die -'));
    process.kill((await containers.inspect({ id })).state?.pid ?? 0, 'SIGKILL');
    await eventually(async () => expect((await causesOf(id)).filter((cause) => /^(start|die)/.test(cause))).toEqual(['start start', 'die -', 'start -']));
    expect((await causesOf(id)).filter((cause) => cause.startsWith('exec_'))).toEqual(['exec_create exec', 'exec_start exec', 'exec_die -']);
  });
});
