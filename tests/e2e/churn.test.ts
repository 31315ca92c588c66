import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { describeIf, eventually } from '@arcbox/testing';
import { type Engine, hello, startEngine } from './engine.ts';
import { count, patience, times, usually } from './long.ts';
import { costsOf, tracesOf } from './traces.ts';

/** So many live at a time. */
const together = 6;

/** Garbage that a worker has not collected yet may come to so much, MiB; what leaks goes beyond it with the number of containers. */
const breath = 160;

/** What is there is counted after these shares of all containers. */
const marks = usually([1], [0.25, 0.5, 1]);

/** Ten thousand take a while; milliseconds. */
const longPatience = times(patience, 3 * 60 * 60_000);

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
      const memoryBefore = memoryOf(engine);
      report({ containers: 0, ...before, ...memoryBefore });
      const total = count('ARCBOX_CHURN', 10, 10_000);
      const ids: string[] = [];
      const started = performance.now();
      for (const mark of marks.map((share) => Math.ceil(share * total))) {
        ids.push(...(await churn(engine, mark - ids.length)));
        await eventually(() => expect(tracesOf(engine, ids)).toEqual(before));
        report({ containers: mark, seconds: Math.round((performance.now() - started) / 1000), ...before, ...memoryOf(engine) });
      }
      ids.push(...(await crowd(engine, count('ARCBOX_CROWD', 8, 500))));
      await eventually(() => expect(tracesOf(engine, ids)).toEqual(before));
      const memory = memoryOf(engine);
      for (const [name, first] of Object.entries(memoryBefore)) expect({ name, grown: (memory[name] ?? 0) - first < breath }).toEqual({ name, grown: true });
    },
    longPatience,
  );
});

/** So many that run at the same time. Returns their ids once they are gone. */
async function crowd(engine: Engine, total: number): Promise<string[]> {
  const containers = engine.client(ContainerServiceDefinition);
  const left = Array.from({ length: total }, (_, number) => `crowd${number}`);
  const ids: string[] = [];
  const starts = Array.from({ length: together }, async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      const { id } = await containers.create({ name, image: hello, cmd: ['sleep', '3600'], env: { ENGINE: engine.root } });
      ids.push(id);
      await containers.start({ id });
    }
  });
  await Promise.all(starts);
  expect((await containers.list({ filters: '{"status":["running"]}' })).containers).toHaveLength(total);
  const going = [...ids];
  const ends = Array.from({ length: together }, async () => {
    for (let id = going.pop(); id !== undefined; id = going.pop()) await containers.remove({ id, force: true });
  });
  await Promise.all(ends);
  return ids;
}

/** Resident MiB of each process that the engine keeps running. */
function memoryOf(engine: Engine): Record<string, number> {
  return Object.fromEntries([...costsOf(engine)].map(([name, { memory }]) => [name, Math.round(memory)]));
}

/** A line of the table of docs/benchmarks.md, where there are enough for one. */
function report(line: object): void {
  if (count('ARCBOX_CHURN', 10, 10_000) > 10) process.stdout.write(`${JSON.stringify(line)}\n`);
}
