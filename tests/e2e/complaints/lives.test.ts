import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ContainerServiceDefinition as Further } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf, eventually, freePort } from '@arcbox/testing';
import { Metadata, Status } from 'nice-grpc-common';
import { hello } from '../engine.ts';
import { patience, times } from '../long.ts';
import { oneEngine } from '../one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server'];
const atOnce = 4;

/** Does `work` for 0 … count - 1, a few at once. */
async function each<T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => `number ${index}\n`);

/** What is said to whoever connects. */
const answerAt = (port: number): Promise<string> => text(connect({ port, host: '127.0.0.1' }));

describeIf(needs, 'short lives', () => {
  const engine = oneEngine();
  const containers = () => engine().client(ContainerServiceDefinition);
  const create = async (...cmd: string[]): Promise<string> =>
    (await containers().create({ image: hello, cmd })).id;

  it(
    'lose none of their output with run --rm',
    async () => {
      const count = times(8, 300);
      const results = await each(count, (index) => engine().arcbox('run', '--rm', hello, 'echo', 'number', String(index)));
      expect(results.map(({ stdout }) => stdout)).toEqual(numbers(count));
      expect(results.filter(({ code, stderr }) => code !== 0 || stderr !== '')).toEqual([]);
      expect(await engine().ok('ps', '-aq')).toBe('');
    },
    patience,
  );

  it(
    'are seen whole by who attaches before the start',
    async () => {
      const count = times(8, 300);
      const outputs = await each(count, async (index) => {
        const id = await create('echo', 'number', String(index));
        const connected = Promise.withResolvers<void>();
        const silent = (async function* () {})();
        const output = containers().attach(silent, { metadata: Metadata({ 'x-container-id': id }), onHeader: () => connected.resolve() });
        const reading = (async () => {
          const parts: Uint8Array[] = [];
          for await (const { data } of output) parts.push(data);
          return Buffer.concat(parts).toString();
        })();
        await Promise.race([connected.promise, reading]);
        await containers().start({ id });
        const text = await reading;
        await containers().remove({ id, force: true });
        return text;
      });
      expect(outputs).toEqual(numbers(count));
    },
    patience,
  );

  it(
    'have an exit code for who waits for the next exit, for the removal, and afterwards',
    async () => {
      const codes = await each(times(8, 200), async (index) => {
        const code = index % 100;
        const { id } = await engine().client(Further).create({
          container: { image: hello, cmd: ['sh', '-c', `exit ${code}`] },
          autoRemove: true,
        });
        const removed = containers().wait({ id, condition: 'removed' });
        const next = containers().wait({ id, condition: 'next-exit' });
        next.catch(() => {});
        // The second question has to be there before the start.
        await sleep(100);
        await containers().start({ id });
        const seen = [await removed, await next, await containers().wait({ id, condition: 'removed' })];
        return seen.map(({ statusCode }) => Number(statusCode) - code);
      });
      expect(codes.flat().filter((difference) => difference !== 0)).toEqual([]);
    },
    patience,
  );

  it('that never were have none', async () => {
    for (const condition of ['', 'not-running', 'next-exit', 'removed']) {
      await expect(containers().wait({ id: 'nobody', condition })).rejects.toMatchObject({ code: Status.NOT_FOUND });
    }
    const waited = await engine().arcbox('wait', 'nobody');
    expect(waited).toMatchObject({ code: 1, stdout: '', stderr: 'arcbox: no such container: nobody\n' });
  });

  it('make room for the next at once: its name and its port', async () => {
    const port = await freePort();
    const publish = ['-p', `${port}:80`];
    const serve = (round: number): string[] => ['nc', '-ll', '-p', '80', '-e', 'echo', `round ${round}`];
    for (let round = 0; round < times(2, 50); round++) {
      // Removed by force.
      await engine().ok('run', '-d', '--name', 'web', ...publish, hello, ...serve(round));
      await eventually(async () => expect(await answerAt(port)).toBe(`round ${round}\n`));
      await engine().ok('rm', '-f', 'web');
      // Killed, and replaced under another name.
      await engine().ok('run', '-d', '--name', 'web', ...publish, hello, 'sleep', '600');
      await engine().ok('kill', 'web');
      await engine().ok('wait', 'web');
      await engine().ok('run', '-d', '--name', 'web-2', ...publish, hello, 'sleep', '600');
      await engine().ok('stop', '-t', '0', 'web-2');
      // Ended by itself, and gone by itself.
      await engine().ok('start', 'web');
      await engine().ok('rm', '-f', 'web', 'web-2');
      await engine().ok('run', '--rm', '--name', 'web', ...publish, hello, 'true');
    }
  }, patience);
});
