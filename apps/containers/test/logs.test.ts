import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogPiece, ReadLogsRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { startWorkerWith } from '../src/worker.ts';
import { attachTo, collect, needs, never, run, startEngine, textOf } from './engine.ts';

const tiny = startWorkerWith({ logLimits: { maxBytes: 16 * 1024, maxFiles: 3 } });

describeIf(needs, 'the log of a container', () => {
  it('keeps streams, times and the missing newline', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sh', '-c', 'echo out; echo err >&2; sleep 0.1; printf end']);
    await containers.wait({ id });
    const entries = await collect(containers.logs({ containerId: id }));
    const shown = entries.map(({ stream, message }) => `${stream} ${JSON.stringify(Buffer.from(message).toString())}`);
    expect(shown.sort()).toEqual(['stderr "err\\n"', 'stdout "end"', 'stdout "out\\n"']);
    expect(textOf(await collect(containers.logs({ containerId: id, stderr: true })))).toBe('err\n');
    expect(Math.abs(Number(entries[0]?.timestamp?.seconds) - Date.now() / 1000)).toBeLessThan(60);
    const [line] = await collect(containers.logs({ containerId: id, stderr: true, timestamps: true }));
    expect(Buffer.from(line?.message ?? []).toString()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z err\n$/);
  });

  it('comes with many lines in a message, or with each and its time', async () => {
    await using engine = await startEngine();
    const { containers, engine: further } = engine;
    const { id } = await run(engine, ['sh', '-c', 'seq 1 3000; echo err >&2; sleep 0.1; head -c 20000 /dev/zero | tr "\\0" x; echo; printf end']);
    await containers.wait({ id });
    const read = async (request: Partial<ReadLogsRequest>) => (await collect(further.readLogs({ id, ...request }))).flatMap(({ pieces }) => pieces);
    const joined = (pieces: readonly LogPiece[]): string => Buffer.concat(pieces.map(({ data }) => data)).toString();
    const expected = `${Array.from({ length: 3000 }, (_, i) => `${i + 1}\n`).join('')}${'x'.repeat(20_000)}\nend`;

    const together = await read({ stdout: true, follow: true });
    expect(joined(together)).toBe(expected);
    expect(together.length).toBeLessThan(30);
    expect(together.every(({ time, stderr }) => time === 0n && !stderr)).toBe(true);
    const each = await read({ stdout: true, times: true });
    expect(joined(each)).toBe(expected);
    expect(each).toHaveLength(3003);
    expect((await read({})).filter(({ stderr }) => stderr).map(({ data }) => Buffer.from(data).toString())).toEqual(['err\n']);

    const time = each[2999]?.time ?? 0n;
    expect(joined(await read({ stdout: true, since: time + 1n }))).toBe(`${'x'.repeat(20_000)}\nend`);
    expect(joined(await read({ stdout: true, until: time + 1n }))).toMatch(/\n3000\n$/);
    expect(joined(await read({ stdout: true, tail: '1' }))).toBe('end');
    await expect(read({ tail: 'x' })).rejects.toThrow('INVALID_ARGUMENT: tail must be a number or "all", not x');
  });

  it('gives the last lines, and refuses a tail that is none', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['seq', '1', '100']);
    await containers.wait({ id });
    expect(textOf(await collect(containers.logs({ containerId: id, tail: '3' })))).toBe('98\n99\n100\n');
    expect(textOf(await collect(containers.logs({ containerId: id, tail: '0' })))).toBe('');
    expect(await collect(containers.logs({ containerId: id, tail: '1000', follow: true }))).toHaveLength(100);
    await expect(collect(containers.logs({ containerId: id, tail: 'x' }))).rejects.toThrow('INVALID_ARGUMENT: tail must be a number or "all", not x');
    await expect(collect(containers.logs({ containerId: 'none' }))).rejects.toThrow('NOT_FOUND');
  });

  it('is exact to the byte, also in long lines', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const script = 'dd if=/dev/urandom of=/blob bs=4096 count=64 2>/dev/null; md5sum < /blob >&2; cat /blob';
    const { id } = await run(engine, ['sh', '-c', script]);
    await containers.wait({ id });
    const entries = await collect(containers.logs({ containerId: id, stdout: true }));
    const hash = createHash('md5').update(Buffer.concat(entries.map(({ message }) => message))).digest('hex');
    expect(textOf(await collect(containers.logs({ containerId: id, stderr: true })))).toBe(`${hash}  -\n`);
    const long = await run(engine, ['sh', '-c', 'head -c 40000 /dev/zero | tr "\\0" x; echo']);
    await containers.wait({ id: long.id });
    const sizes = (await collect(containers.logs({ containerId: long.id }))).map(({ message }) => message.length);
    expect(sizes).toEqual([16384, 16384, 7233]);
  });

  it('stays within its limits, and a follower loses nothing', async () => {
    await using engine = await startEngine({ start: tiny });
    const { containers, root } = engine;
    const { id } = await run(engine, ['sh', '-c', 'for i in $(seq 1 50); do seq $((i * 100)) $((i * 100 + 99)); sleep 0.1; done']);
    const seen = textOf(await collect(containers.logs({ containerId: id, follow: true })));
    expect(seen).toBe(Array.from({ length: 5000 }, (_, i) => `${i + 100}\n`).join(''));
    expect(readdirSync(`${root.path}/containers/${id}`).filter((name) => name.startsWith('container.log')).sort()).toEqual([
      'container.log',
      'container.log.1',
      'container.log.2',
    ]);
    const rest = textOf(await collect(containers.logs({ containerId: id }))).split('\n').filter(Boolean).map(Number);
    expect(rest).toEqual(Array.from({ length: rest.length }, (_, i) => 5099 - rest.length + 1 + i));
  });

  it('is followed until the end, also by a slow reader', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sh', '-c', 'head -c 8388608 /dev/zero | tr "\\0" x']);
    let size = 0;
    for await (const { data } of containers.attach(never(), { metadata: attachTo(id, true) })) {
      if (size === 0) await sleep(300);
      size += data.length;
    }
    expect(size).toBe(8388608);
  });

  it('opens a stream at once on a container that says nothing', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sleep', '1000']);
    const abort = new AbortController();
    const opened = Promise.withResolvers<void>();
    const reading = collect(containers.logs({ containerId: id, follow: true }, { signal: abort.signal, onHeader: () => opened.resolve() }));
    reading.catch(() => {});
    await opened.promise;
    abort.abort();
    await expect(reading).rejects.toThrow();
    await containers.kill({ id });
    await eventually(async () => expect((await containers.inspect({ id })).state?.running).toBe(false));
  });

  it('has a bound also while no worker runs', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'while [ ! -e /go ]; do sleep 0.1; done; head -c 200000000 /dev/zero; echo end']);
    const bundle = join(engine.root.path, 'run/containers', id);
    const pid = readFileSync(join(bundle, 'pid'), 'utf8').trim();
    await engine.worker[Symbol.asyncDispose]();
    writeFileSync(`/proc/${pid}/root/go`, '');
    await eventually(() => expect(existsSync(join(bundle, 'exit'))).toBe(true), 100_000);
    const home = join(engine.root.path, 'containers', id);
    const sizes = readdirSync(home).filter((name) => name.startsWith('container.log')).map((name) => statSync(join(home, name)).size);
    expect(sizes.reduce((all, size) => all + size, 0)).toBeLessThan(170_000_000);
    const { containers } = await engine.replica('1');
    expect(textOf(await collect(containers.logs({ containerId: id, tail: '1' })))).toContain('end\n');
  });
});
