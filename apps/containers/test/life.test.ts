import { describeIf } from '@arcbox/testing';
import { collect, startEngine, textOf } from './engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'busybox'], 'a container', () => {
  it('is created, started, waited for and removed', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await containers.create({ image: 'busybox', cmd: ['sh', '-c', 'echo hello; id -u; exit 3'] });
    await containers.start({ id });
    expect((await containers.wait({ id })).statusCode).toBe(3n);
    expect(textOf(await collect(containers.logs({ containerId: id })))).toBe('hello\n0\n');
    await containers.remove({ id });
    expect((await containers.list({ all: true })).containers).toEqual([]);
  });
});
