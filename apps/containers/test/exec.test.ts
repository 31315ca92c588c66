import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { status as Status } from '@grpc/grpc-js';
import type { ExecRequest, ExecResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ExecCreateRequest, ExecOutput } from '@arcbox/proto/arcbox/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import type { DeepPartial } from '@arcbox/proto/arcbox/v1/container';
import type { Metadata } from 'nice-grpc';
import { collect, historyOf, needs, run, startEngine, type TestEngine } from './engine.ts';

type Wish = DeepPartial<ExecCreateRequest>;

interface Result {
  readonly code: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const textIn = (outputs: readonly ExecOutput[], stream: string): string =>
  Buffer.concat(outputs.filter((output) => output.stream === stream).map(({ data }) => Buffer.from(data))).toString();

/** Runs a command by the rpcs of arcbox.v1. */
async function execute({ containers }: TestEngine, containerId: string, cmd: string[], wish: Wish = {}): Promise<Result> {
  const { id } = await containers.execCreate({ containerId, cmd, attachStdout: true, attachStderr: true, ...wish });
  let code: string | undefined;
  const onTrailer = (trailer: Metadata): void => void (code = trailer.get('x-exec-exit-code'));
  const outputs = await collect(containers.execStart({ id }, { onTrailer }));
  return { code, stdout: textIn(outputs, 'stdout'), stderr: textIn(outputs, 'stderr') };
}

async function* requestsOf(containerId: string, cmd: string[], wish: Wish, input: AsyncIterable<DeepPartial<ExecRequest>>): AsyncGenerator<DeepPartial<ExecRequest>> {
  const process = { containerId, cmd, attachStdout: true, attachStderr: true, ...wish };
  yield { message: { $case: 'process', value: process } };
  yield* input;
}

async function* inputOf(...pieces: Buffer[]): AsyncGenerator<DeepPartial<ExecRequest>> {
  for (const value of pieces) yield { message: { $case: 'stdin', value } };
}

function outcome(responses: readonly ExecResponse[]): { bytes: Buffer; code: number | undefined } {
  const pieces = responses.flatMap(({ message }) => (message?.$case === 'output' ? [Buffer.from(message.value.data ?? '')] : []));
  const last = responses.at(-1)?.message;
  return { bytes: Buffer.concat(pieces), code: last?.$case === 'exitCode' ? last.value : undefined };
}

describeIf(needs, 'exec', () => {
  it('has the limits of its container, also where there are none', async () => {
    await using engine = await startEngine();
    const ulimits = [{ name: 'nofile', soft: 99n, hard: 111n }, { name: 'stack', soft: -1n, hard: -1n }];
    const { id } = await engine.engine.create({ container: { image: 'busybox', cmd: ['sleep', '1000'] }, options: { ulimits } });
    await engine.containers.start({ id });
    const { code, stdout } = await execute(engine, id, ['cat', '/proc/self/limits']);
    expect(code).toBe('0');
    expect(stdout).toMatch(/^Max open files +99 +111 /m);
    expect(stdout).toMatch(/^Max stack size +unlimited +unlimited /m);
  });

  it('gives output by stream, and the exit code in the trailer', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const result = await execute(engine, id, ['sh', '-c', 'echo out; echo err >&2; exit 42']);
    expect(result).toEqual({ code: '42', stdout: 'out\n', stderr: 'err\n' });
    for (let i = 0; i < 20; i++) expect((await execute(engine, id, ['sh', '-c', 'exit 7'])).code).toBe('7');
    expect((await execute(engine, id, ['sh', '-c', 'kill -9 $$'])).code).toBe('137');
  });

  it('says what the runtime refuses, with the code a shell would give', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id: containerId } = await run(engine, ['sleep', '1000']);
    for (const [command, code, reason] of [
      ['nothing-like-it', 127, /executable file not found/],
      ['/etc/passwd', 126, /permission denied/],
    ] as const) {
      const { id } = await containers.execCreate({ containerId, cmd: [command], attachStderr: true });
      let trailer: string | undefined;
      const read = collect(containers.execStart({ id }, { onTrailer: (found) => void (trailer = found.get('x-exec-exit-code')) }));
      await expect(read).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION, details: expect.stringMatching(reason) });
      expect(trailer).toBe(String(code));
      expect(await extras.inspectExec({ id })).toMatchObject({ running: false, exitCode: code });
    }
  });

  it('refuses what cannot be: no command, no running container, a second start', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await run(engine, ['sleep', '1000']);
    await expect(containers.execCreate({ containerId: id })).rejects.toMatchObject({ code: Status.INVALID_ARGUMENT });
    const once = await containers.execCreate({ containerId: id, cmd: ['true'] });
    await collect(containers.execStart({ id: once.id }));
    await expect(collect(containers.execStart({ id: once.id }))).rejects.toMatchObject({ code: Status.FAILED_PRECONDITION });
    await expect(collect(containers.execStart({ id: 'abc' }))).rejects.toMatchObject({ code: Status.NOT_FOUND });
    await containers.pause({ id });
    await expect(containers.execCreate({ containerId: id, cmd: ['true'] })).rejects.toThrow('is paused');
    await containers.unpause({ id });
    await containers.stop({ id, timeout: 1 });
    await expect(containers.execCreate({ containerId: id, cmd: ['true'] })).rejects.toThrow('is not running');
  });

  it('takes user, environment, directory and terminal from the request, the rest from the container', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000'], { env: { A: 'container', B: 'container' }, workingDir: '/etc' });
    const script = 'id -u; id -g; echo $A $B $HOME; pwd; test -t 1 && stty size; grep CapEff /proc/self/status';
    const plain = await execute(engine, id, ['sh', '-c', script]);
    expect(plain.stdout).toMatch(/^0\n0\ncontainer container \/root\n\/etc\nCapEff:\t0+[1-9a-f][0-9a-f]*\n$/);
    const wish = { user: 'worker', env: ['B=exec'], workingDir: '/tmp', tty: true };
    const asked = await execute(engine, id, ['sh', '-c', script], wish);
    expect(asked.stdout).toBe('1000\r\n1001\r\ncontainer exec /home/worker\r\n/tmp\r\n24 80\r\nCapEff:\t0000000000000000\r\n');
    expect(asked.stderr).toBe('');
  });

  it('brings 8 MiB in and out again, and goes on after the end of the input', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const content = randomBytes(8 * 1024 * 1024);
    const pieces = Array.from({ length: 32 }, (_, i) => content.subarray(i * 262_144, (i + 1) * 262_144));
    const requests = requestsOf(id, ['sh', '-c', 'cat; sleep 0.2; echo late'], { attachStdin: true }, inputOf(...pieces));
    const { bytes, code } = outcome(await collect(engine.engine.exec(requests)));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      createHash('sha256').update(content).update('late\n').digest('hex'),
    );
    expect(code).toBe(0);
  });

  it('waits for a slow reader and loses nothing', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const requests = requestsOf(id, ['sh', '-c', 'dd if=/dev/zero bs=65536 count=256 2>/dev/null; exit 3'], {}, inputOf());
    let bytes = 0;
    let code: number | undefined;
    for await (const { message } of engine.engine.exec(requests)) {
      if (message?.$case === 'output') bytes += message.value.data?.length ?? 0;
      if (message?.$case === 'exitCode') code = message.value;
      if (bytes < 65_536 * 4) await sleep(50);
    }
    expect({ bytes, code }).toEqual({ bytes: 65_536 * 256, code: 3 });
  });

  it('ends with its process, also when another holds the output, and for a client that says nothing', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const stop = new AbortController();
    async function* silent(): AsyncGenerator<DeepPartial<ExecRequest>> {
      await sleep(600_000, undefined, { signal: stop.signal }).catch(() => {});
      yield* [];
    }
    const requests = requestsOf(id, ['sh', '-c', 'sleep 1000 & echo front'], { attachStdin: true }, silent());
    const { bytes, code } = outcome(await collect(engine.engine.exec(requests)));
    stop.abort();
    expect([bytes.toString(), code]).toEqual(['front\n', 0]);
    const onTerminal = await execute(engine, id, ['sh', '-c', 'sleep 1000 & echo front'], { tty: true });
    expect([onTerminal.stdout, onTerminal.code]).toEqual(['front\r\n', '0']);
  });

  it('goes on when the reader leaves, and in the background', async () => {
    await using engine = await startEngine();
    const { containers, engine: extras } = engine;
    const { id: containerId } = await run(engine, ['sleep', '1000']);
    const { id } = await containers.execCreate({ containerId, cmd: ['sh', '-c', 'echo one; sleep 0.3; seq 100000; touch /tmp/done; exit 5'], attachStdout: true });
    for await (const { data } of containers.execStart({ id })) if (Buffer.from(data).toString().includes('one')) break;
    await eventually(async () => expect(await extras.inspectExec({ id })).toMatchObject({ running: false, exitCode: 5 }));
    expect((await execute(engine, containerId, ['ls', '/tmp/done'])).code).toBe('0');
    const detached = await containers.execCreate({ containerId, cmd: ['sh', '-c', 'sleep 0.2; exit 9'] });
    expect(await collect(containers.execStart({ id: detached.id, detach: true }))).toEqual([]);
    expect((await extras.inspectExec({ id: detached.id })).running).toBe(true);
    await eventually(async () => expect((await extras.inspectExec({ id: detached.id })).exitCode).toBe(9));
  });

  it('resizes a terminal that another replica has started', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const other = await engine.replica('1');
    const size = '[ "$(stty size 2>/dev/null)" = "41 121" ]';
    const requests = requestsOf(id, ['sh', '-c', `until ${size}; do sleep 0.02; done; echo seen`], { tty: true }, inputOf());
    const responses: ExecResponse[] = [];
    for await (const response of engine.engine.exec(requests)) {
      responses.push(response);
      if (response.message?.$case === 'started') await other.engine.resizeExec({ id: response.message.value, height: 41, width: 121 });
    }
    expect(outcome(responses)).toEqual({ bytes: Buffer.from('seen\r\n'), code: 0 });
  });

  it('tells of itself in events', async () => {
    await using engine = await startEngine();
    const { id: containerId } = await run(engine, ['sleep', '1000']);
    const { id } = await engine.containers.execCreate({ containerId, cmd: ['sh', '-c', 'exit 4'] });
    await collect(engine.containers.execStart({ id }));
    const events = await eventually(async () => {
      const found = (await historyOf(engine)).filter(({ action }) => action.startsWith('exec'));
      expect(found.map(({ action }) => action)).toEqual(['exec_create', 'exec_start', 'exec_die']);
      return found;
    });
    for (const { actor } of events) expect(actor).toMatchObject({ id: containerId, attributes: { execID: id } });
    expect(events.map(({ actor }) => actor?.attributes['execCommand'])).toEqual(['sh -c exit 4', 'sh -c exit 4', undefined]);
    expect(events[2]?.actor?.attributes).toMatchObject({ exitCode: '4' });
  });
});
