import { unavailable } from '@arcbox/errors';
import type { Clients } from '@arcbox/rpc';
import { readDiskUsage } from './disk-usage-client.ts';

const never = new AbortController().signal;

/** Workers whose volumes have these sizes, one list after the other; the last one for good. */
function engineWith(lists: readonly (readonly bigint[])[], away = '') {
  const asked: number[] = [];
  const services: { [name: string]: object } = {
    'arcbox.engine.v1.ImageStoreService': { getImageUsage: async () => ({ images: [], totalSize: 90n, reclaimable: 20n, compressed: 40n, beside: 7n }) },
    'arcbox.engine.v1.ContainerService': { getUsage: async () => ({ containers: [{ id: 'c', volumes: ['v1'], size: 5n }] }) },
    'arcbox.engine.v1.BuildService': { listCache: async () => ({ parts: [{ id: 'p', size: 3n }] }) },
    'arcbox.v1.VolumeService': {
      async list() {
        const sizes = lists[Math.min(asked.length, lists.length - 1)] ?? [];
        asked.push(performance.now());
        return { volumes: sizes.map((size, index) => ({ name: `v${index}`, usage: { size } })) };
      },
    },
  };
  const of = async ({ fullName }: { fullName: string }): Promise<object> => {
    if (fullName === away) throw unavailable('the worker is away');
    return services[fullName] ?? {};
  };
  return { clients: { of } as unknown as Clients, asked };
}

describe('what takes room', () => {
  it('is told by all workers, and volumes are waited for until they are measured', async () => {
    const { clients, asked } = engineWith([[-1n, -1n], [5n, -1n], [-1n, 9n], [5n, 9n]]);
    expect(await readDiskUsage(clients, never)).toEqual({
      images: [],
      containers: [{ id: 'c', volumes: ['v1'], size: 5n }],
      volumes: [{ name: 'v1', size: 9n, containers: 1 }, { name: 'v0', size: 5n, containers: 0 }],
      buildCache: [{ id: 'p', size: 3n }],
      layersSize: 90n,
      layersReclaimable: 20n,
      layersCompressed: 40n,
      layersBeside: 7n,
    });
    expect(asked).toHaveLength(4);
  });

  it('is told without a volume that takes long, of which others are not asked all the time', async () => {
    const { clients, asked } = engineWith([[7n, -1n]]);
    expect((await readDiskUsage(clients, never)).volumes).toMatchObject([{ size: 7n }, { size: -1n }]);
    expect(asked.length).toBeLessThan(15);
    // Whoever gives up waits no longer.
    const abort = new AbortController();
    const reading = readDiskUsage(clients, abort.signal);
    abort.abort();
    await expect(reading).rejects.toThrow();
  });

  it.each(['arcbox.v1.VolumeService', 'arcbox.engine.v1.BuildService'])('is not told in part, without %s', async (away) => {
    await expect(readDiskUsage(engineWith([[1n]], away).clients, never)).rejects.toThrow('the worker is away');
  });
});
