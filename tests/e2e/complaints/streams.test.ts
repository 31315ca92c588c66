import { randomBytes, createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf } from '@arcbox/testing';
import { Metadata } from 'nice-grpc-common';
import { hello } from '../engine.ts';
import { times } from '../long.ts';
import { oneEngine } from '../one-engine.ts';
import { startCommand } from '../started-command.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'socat', 'nats-server'];

/** An input that stays open and silent until `end` aborts. */
async function* silence(end: AbortSignal): AsyncGenerator<never> {
  if (!end.aborted) await new Promise((resolve) => end.addEventListener('abort', resolve));
}

describeIf(needs, 'streams', () => {
  const engine = oneEngine();
  const containers = () => engine().client(ContainerServiceDefinition);
  const attach = (id: string, input: AsyncIterable<object>, onHeader?: () => void) =>
    containers().attach(input, { metadata: Metadata({ 'x-container-id': id }), onHeader });

  it('end with the process, also for a client that never sends', async () => {
    const delays: number[] = [];
    for (let round = 0; round < times(9, 50); round++) {
      const { id } = await containers().create({ image: hello, cmd: ['sh', '-c', 'sleep 0.3; echo bye'], stdinOpen: round % 2 === 0 });
      const end = new AbortController();
      const output = attach(id, silence(end.signal));
      const reading = (async () => {
        const parts: Uint8Array[] = [];
        for await (const { data } of output) parts.push(data);
        return { said: Buffer.concat(parts).toString(), at: Date.now() };
      })();
      await containers().start({ id });
      const { said, at } = await reading;
      end.abort();
      expect(said).toBe('bye\n');
      delays.push(at - Date.parse((await containers().inspect({ id })).state?.finishedAt ?? ''));
      await containers().remove({ id });
    }
    // The half of them, so that a busy machine does not matter.
    expect(delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)]).toBeLessThan(200);
  });

  it('end with the process for a command whose own input stays open', async () => {
    using run = startCommand(engine(), 'run', '--rm', '-i', hello, 'sh', '-c', 'echo bye; exit 3');
    expect(await text(run.child.stdout)).toBe('bye\n');
    expect(await run.exit).toBe(3);
  });

  it('are read on after their input has ended', async () => {
    using run = startCommand(engine(), 'run', '--rm', '-i', hello, 'sh', '-c', 'cat; sleep 1; echo late');
    run.child.stdin.end('x');
    expect(await text(run.child.stdout)).toBe('xlate\n');
    expect(await run.exit).toBe(0);
  });

  it('bring 8 MiB through cat unchanged', async () => {
    const sent = randomBytes(8 * 1024 * 1024);
    using run = startCommand(engine(), 'run', '--rm', '-i', hello, 'cat');
    const hash = createHash('sha256');
    const [code] = await Promise.all([run.exit, pipeline(run.child.stdout, hash), new Promise<void>((resolve) => run.child.stdin.end(sent, resolve))]);
    expect(code).toBe(0);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
  });

  it('begin at once where nothing happens', async () => {
    const { id } = await containers().create({ image: hello, cmd: ['sleep', '600'] });
    await containers().start({ id });
    const system = engine().client(SystemServiceDefinition);
    const abort = new AbortController();
    const streams = {
      events: (onHeader: () => void) => system.events({}, { signal: abort.signal, onHeader }),
      'events of the future only': (onHeader: () => void) =>
        system.events({ filters: { container: 'nobody' } }, { signal: abort.signal, onHeader }),
      logs: (onHeader: () => void) => containers().logs({ containerId: id, follow: true }, { signal: abort.signal, onHeader }),
      setup: (onHeader: () => void) => system.watchSetupStatus({}, { signal: abort.signal, onHeader }),
      attach: (onHeader: () => void) =>
        containers().attach(silence(abort.signal), { metadata: Metadata({ 'x-container-id': id }), signal: abort.signal, onHeader }),
    };
    for (const [name, open] of Object.entries(streams)) {
      const begun = Promise.withResolvers<string>();
      const iterator = open(() => begun.resolve(name))[Symbol.asyncIterator]();
      iterator.next().catch(() => {});
      expect(await Promise.race([begun.promise, sleep(1_000, `${name}: nothing within a second`)])).toBe(name);
    }
    abort.abort();
    await containers().remove({ id, force: true });
  });
});
