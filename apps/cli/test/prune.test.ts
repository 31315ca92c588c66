import type { PruneRequest } from '@arcbox/proto/arcbox/v1/api';
import { buildCli } from './cli.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const cli = buildCli();
const asked: PruneRequest[] = [];
let gateway: FakeGateway;

beforeAll(async () => {
  gateway = await startFakeGateway({
    system: {
      async prune(request) {
        asked.push(request as PruneRequest);
        const has = (type: string): boolean => (request.types ?? []).includes(type);
        return {
          containersDeleted: has('containers') ? ['c1', 'c2'] : [],
          networksDeleted: has('networks') ? ['back'] : [],
          volumesDeleted: has('volumes') ? ['v1'] : [],
          spaceReclaimed: 1_500n,
        };
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});
beforeEach(() => void (asked.length = 0));

const prune = (...args: string[]) => cli.run(['-H', `unix://${gateway.socket}`, ...args]);

describe('prune', () => {
  it('of one type says what went, and how much room that made', async () => {
    expect(await prune('container', 'prune', '-f', '--filter', 'until=10m', '--filter', 'label!=keep')).toMatchObject({
      stdout: 'Deleted Containers:\nc1\nc2\n\nTotal reclaimed space: 1.5kB\n',
      code: 0,
    });
    expect(asked).toEqual([{ types: ['containers'], all: false, filters: { until: '10m', 'label!': 'keep' } }]);
    expect((await prune('network', 'prune', '-f')).stdout).toBe('Deleted Networks:\nback\n\n');
    await prune('volume', 'prune', '-af');
    expect(asked.at(-1)).toMatchObject({ types: ['volumes'], all: true });
  });

  it('of the whole engine leaves volumes that have a name, also with --all', async () => {
    const { stdout } = await prune('system', 'prune', '-af', '--volumes');
    expect(stdout).toBe('Deleted Containers:\nc1\nc2\n\nDeleted Networks:\nback\n\nDeleted Volumes:\nv1\n\nTotal reclaimed space: 3kB\n');
    expect(asked.map(({ types, all }) => [types, all])).toEqual([[['containers', 'networks', 'images'], true], [['volumes'], false]]);
  });

  it('takes --all only where it means something, and nobody by surprise', async () => {
    for (const type of ['container', 'network']) expect(await prune(type, 'prune', '-a', '-f')).toMatchObject({ code: 125 });
    expect(await prune('system', 'prune')).toMatchObject({ code: 1, stdout: '' });
    expect(asked).toEqual([]);
  });
});
