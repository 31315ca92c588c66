import { execFileSync } from 'node:child_process';
import { describeIf } from '@arcbox/testing';
import { collect, needs, run, startEngine } from './engine.ts';

describeIf(needs, 'export', () => {
  it('gives the files of a container that has ended, byte for byte', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'echo hello > /new; exec sleep 0']);
    await engine.containers.wait({ id });
    const archive = Buffer.concat((await collect(engine.engine.export({ id: id.slice(0, 12) }))).map(({ data }) => data));
    expect(execFileSync('tar', ['-xO', './new'], { input: archive, encoding: 'utf8' })).toBe('hello\n');
    await expect(collect(engine.engine.export({ id: 'absent' }))).rejects.toThrow('NOT_FOUND: no such container: absent');
  });

  it('ends when nobody reads on', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['true']);
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const _ of engine.engine.export({ id }, { signal: controller.signal })) controller.abort();
    };
    await expect(reading()).rejects.toThrow('aborted');
    await engine.containers.remove({ id, force: true });
    await expect(collect(engine.engine.export({ id }))).rejects.toThrow('NOT_FOUND');
  });
});
