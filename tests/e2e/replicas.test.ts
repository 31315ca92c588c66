import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'two replicas on one root', () => {
  const engine = oneEngine({ args: ['--scale', 'images=2,containers=2'] });

  it('serve each other’s containers', async () => {
    const containers = engine().client(ContainerServiceDefinition);
    // Calls go round-robin, so consecutive calls reach different replicas.
    for (let round = 0; round < 3; round++) {
      const { id } = await containers.create({ image: hello, cmd: ['sleep', '600'] });
      await containers.start({ id });
      expect((await containers.inspect({ id })).state?.status).toBe('running');
      await containers.stop({ id, timeout: 1 });
      expect((await containers.inspect({ id })).state?.exitCode).toBe(137);
      await containers.remove({ id });
    }
  });

  it('lose nothing when one is killed in the middle of a call', async () => {
    const containers = engine().client(ContainerServiceDefinition);
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { id } = await containers.create({ image: hello, cmd: ['sh', '-c', `trap 'exit ${i}' TERM; while :; do sleep 0.05; done`] });
      await containers.start({ id });
      ids.push(id);
    }
    const stops = ids.map((id) => containers.stop({ id, timeout: 5 }).catch(() => undefined));
    engine().kill('containers-0');
    await Promise.all(stops);
    for (const [i, id] of ids.entries()) {
      await eventually(async () => {
        await containers.stop({ id, timeout: 5 });
        expect((await containers.inspect({ id })).state).toMatchObject({ status: 'exited', exitCode: i });
      });
    }
  });
});
