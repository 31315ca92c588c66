import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { type Engine, hello, startEngine } from './engine.ts';
import { count, patience, times } from './long.ts';
import { costsOf, tracesOf } from './traces.ts';

/** So many live at a time. */
const together = 6;

/** Garbage that a worker has not collected yet may come to so much, MiB; what leaks goes beyond it with the number of containers. */
const breath = 160;

/** Containers with an address, a published port, an anonymous volume, now and then a health check: made, run and removed. Returns their ids. */
async function churn(engine: Engine, total: number): Promise<string[]> {
  const containers = engine.client(ContainerServiceDefinition);
  const extras = engine.client(EngineContainerServiceDefinition);
  const ids: string[] = [];
  let next = 0;
  const lives = Array.from({ length: together }, async () => {
    while (next < total) {
      const number = next++;
      const healthCheck = number % 5 === 0 ? { test: ['CMD', 'true'], intervalNanos: 20_000_000n } : undefined;
      const cmd = ['sh', '-c', `echo ${number} > /data/file; sleep ${healthCheck ? 0.2 : 0}; exit ${number % 200}`];
      const container = { image: hello, cmd, env: { ENGINE: engine.root }, mounts: [{ target: '/data' }], ports: [{ containerPort: 80 }] };
      const { id } = await extras.create({ container, options: { healthCheck } });
      ids.push(id);
      await containers.start({ id });
      expect((await containers.wait({ id })).statusCode).toBe(BigInt(number % 200));
      await containers.remove({ id, volumes: true });
    }
  });
  await Promise.all(lives);
  return ids;
}

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'nft', 'ip'], 'containers that come and go', () => {
  it(
    'leave nothing behind, in the kernel, on disk or in memory',
    async () => {
      await using engine = await startEngine();
      // What is made once, for the first of them, is there then.
      await churn(engine, times(6, 60));
      const before = await eventually(() => tracesOf(engine, []));
      const costsBefore = costsOf(engine);
      const total = count('ARCBOX_CHURN', 10, 10_000);
      const started = performance.now();
      const ids = await churn(engine, total);
      const seconds = (performance.now() - started) / 1000;
      const after = tracesOf(engine, ids);
      const costs = [...costsOf(engine)].map(([name, { memory, descriptors }]) => {
        const first = costsBefore.get(name);
        return { name, memory, grown: memory - (first?.memory ?? 0), descriptors, opened: descriptors - (first?.descriptors ?? 0) };
      });
      if (total > 10) report(total, seconds, before, after, costs);
      await eventually(() => expect(tracesOf(engine, ids)).toEqual(before));
      for (const { grown } of costs) expect(grown).toBeLessThan(breath);
    },
    patience,
  );
});

function report(total: number, seconds: number, before: object, after: object, costs: readonly object[]): void {
  const rows = [`${total} containers in ${seconds.toFixed(1)} s`, before, after, ...costs];
  process.stdout.write(`${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`);
}
