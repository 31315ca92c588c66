import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AttachInput } from '@arcbox/proto/arcbox/v1/container';
import { describeIf } from '@arcbox/testing';
import { attachTo, collect, needs, never, run, startEngine, type TestEngine, textOf } from './engine.ts';

type Message = Partial<AttachInput>;

/** Attaches to a new container, starts it, sends `input` and returns all that comes out. */
async function talk(engine: TestEngine, cmd: string[], input: AsyncIterable<Message>, request: object = {}): Promise<string> {
  const { containers } = engine;
  const { id } = await containers.create({ image: 'busybox', cmd, stdinOpen: true, ...request });
  const seen = collect(containers.attach(input, { metadata: attachTo(id) }));
  await sleep(20);
  await containers.start({ id });
  return Buffer.concat((await seen).map(({ data }) => Buffer.from(data))).toString('latin1');
}

async function* say(...parts: (string | Buffer)[]): AsyncGenerator<Message, void, undefined> {
  for (const part of parts) yield { data: Buffer.from(part) };
}

describeIf([...needs, 'socat'], 'attaching', () => {
  it('brings input in and output out, also after the input has ended', async () => {
    await using engine = await startEngine();
    expect(await talk(engine, ['sh', '-c', 'cat; sleep 0.3; echo late'], say('x'))).toBe('xlate\n');
  });

  it('carries megabytes through unchanged', async () => {
    await using engine = await startEngine();
    const blob = randomBytes(8 << 20);
    const parts = Array.from({ length: 128 }, (_, i) => blob.subarray(i << 16, (i + 1) << 16));
    const back = Buffer.from(await talk(engine, ['cat'], say(...parts)), 'latin1');
    expect(back.length).toBe(blob.length);
    expect(createHash('sha256').update(back).digest('hex')).toBe(createHash('sha256').update(blob).digest('hex'));
  });

  it('leaves the input open when a client goes away', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: ['cat'], stdinOpen: true });
    await containers.start({ id });
    const abort = new AbortController();
    async function* first(): AsyncGenerator<Message, void, undefined> {
      yield { data: Buffer.from('one ') };
      yield* never();
    }
    const left = collect(containers.attach(first(), { metadata: attachTo(id, true), signal: abort.signal }));
    left.catch(() => {});
    await sleep(300);
    abort.abort();
    await expect(left).rejects.toThrow();
    expect((await containers.inspect({ id })).state?.status).toBe('running');
    const seen = await collect(containers.attach(say('two'), { metadata: attachTo(id, true) }));
    expect(Buffer.concat(seen.map(({ data }) => data)).toString()).toBe('one two');
  });

  it('gives the terminal the last of two sizes also where the monitor was held up', async () => {
    await using engine = await startEngine();
    const { containers, root } = engine;
    const { id } = await run(engine, ['sh', '-c', 'until test "$(stty size)" = "95 195"; do sleep 0.05; done 2>/dev/null; echo last'], { tty: true });
    const monitor = Number.parseInt(readFileSync(join(root.paths.run, 'containers', id, 'monitor'), 'utf8'), 10);
    process.kill(monitor, 'SIGSTOP');
    const sizes = [95, 95].map((height, i) => engine.engine.resize({ id, height, width: 194 + i }));
    await sizes[0];
    process.kill(monitor, 'SIGCONT');
    await Promise.all(sizes);
    await containers.wait({ id });
    expect(textOf(await collect(containers.logs({ containerId: id })))).toContain('last\r\n');
  });

  it('resizes the terminal', async () => {
    await using engine = await startEngine();
    async function* input(): AsyncGenerator<Message, void, undefined> {
      yield { resize: true, height: 33, width: 77 };
      await sleep(200);
      yield { data: Buffer.from('go\n') };
      yield* never();
    }
    const text = await talk(engine, ['sh', '-c', 'read line; stty size; tty'], input(), { tty: true });
    expect(text).toContain('33 77\r\n');
    expect(text).toContain('/dev/pts/0');
  });

  it('does not end by itself before the container does, and ends soon after', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: ['sh', '-c', 'echo a; sleep 0.5; echo b'] });
    await containers.start({ id });
    await collect(containers.attach(say(), { metadata: attachTo(id, true) }));
    const ended = Date.parse((await containers.inspect({ id })).state?.finishedAt ?? '');
    expect(Date.now() - ended).toBeLessThan(1000);
    await expect(collect(containers.attach(never(), {}))).rejects.toThrow('INVALID_ARGUMENT: the metadata x-container-id is needed');
  });
});
