import type { PruneRequest } from '@arcbox/proto/arcbox/v1/api';
import { ServerError, Status } from 'nice-grpc';
import { buildCli } from './cli.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const cli = buildCli();
const asked: PruneRequest[] = [];
const cacheAsked: object[] = [];
const plans: object[] = [];
let gateway: FakeGateway;
/** Type of which nothing can be removed. */
let failing = '';

beforeAll(async () => {
  const item = (type: string, id: string, size: bigint, removed: boolean, reason: string) => ({ type, id, name: `${id}-name`, size, removed, reason });
  gateway = await startFakeGateway({
    builds: {
      async pruneCache({ all, dryRun, until }) {
        cacheAsked.push({ all, dryRun, until });
        return { deleted: ['step'], spaceReclaimed: 500n, parts: [{ id: 'step', kind: 'step', name: 'RUN make', size: 500n }] };
      },
    },
    furtherSystem: {
      async planPrune({ types = [], all, filters, goneCache }) {
        plans.push({ types, all, filters, goneCache });
        const items = [
          item('container', 'c1', 1_000n, true, 'exited (0) 3 days ago'),
          item('image', 'sha256:0123456789abcdef', 2_000n, false, 'used by container web'),
          item('volume', 'v1', 30n, true, 'no container uses it'),
        ];
        return { items: items.filter(({ type }) => types.includes(`${type}s`)) };
      },
    },
    system: {
      async prune(request) {
        asked.push(request as PruneRequest);
        const has = (type: string): boolean => (request.types ?? []).includes(type);
        if (failing !== '' && has(failing)) throw new ServerError(Status.UNAVAILABLE, `the ${failing} worker is away`);
        return {
          containersDeleted: has('containers') ? ['c1', 'c2'] : [],
          networksDeleted: has('networks') ? ['back'] : [],
          volumesDeleted: has('volumes') ? ['v1'] : [],
          spaceReclaimed: has('containers') ? 1_500n : 500n,
        };
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});
beforeEach(() => void [asked, cacheAsked, plans].forEach((list) => (list.length = 0)));

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
    const cache = 'Deleted build cache objects:\nstep\n\nTotal reclaimed space: 3.5kB\n';
    expect(stdout).toBe(`Deleted Containers:\nc1\nc2\n\nDeleted Networks:\nback\n\nDeleted Volumes:\nv1\n\n${cache}`);
    expect(cacheAsked).toEqual([{ all: true, dryRun: false, until: '' }]);
    expect(asked.map(({ types, all }) => [types, all])).toEqual([[['containers'], true], [['networks'], true], [['volumes'], false], [['images'], true]]);
  });

  it('that fails in the middle says what went before, and why it went no further', async () => {
    failing = 'volumes';
    try {
      const { stdout, stderr, code } = await prune('system', 'prune', '-f', '--volumes');
      const cache = 'Deleted build cache objects:\nstep\n\nTotal reclaimed space: 2.5kB\n';
      expect(stdout).toBe(`Deleted Containers:\nc1\nc2\n\nDeleted Networks:\nback\n\n${cache}`);
      expect(stderr).toContain('the volumes worker is away');
      expect(code).toBe(1);
      expect(await prune('volume', 'prune', '-f')).toMatchObject({ stdout: '', code: 1 });
    } finally {
      failing = '';
    }
  });

  it('asks for nothing of the build cache when it asks for labels, for a time as docker does', async () => {
    await prune('system', 'prune', '-f', '--filter', 'label=a');
    expect(cacheAsked).toEqual([]);
    await prune('system', 'prune', '-f', '--filter', 'until=24h');
    expect(cacheAsked).toEqual([{ all: false, dryRun: false, until: '24h' }]);
  });

  it('that is dry asks nobody, removes nothing, and lists what would go and why the rest stays', async () => {
    const { stdout, code } = await prune('system', 'prune', '-a', '--volumes', '--dry-run');
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['TYPE', 'ID', 'NAME', 'SIZE', 'ACTION', 'REASON'],
      ['container', 'c1', 'c1-name', '1kB', 'remove', 'exited (0) 3 days ago'],
      ['image', '0123456789ab', 'sha256:0123456789abcdef-name', '2kB', 'keep', 'used by container web'],
      ['volume', 'v1', 'v1-name', '30B', 'remove', 'no container uses it'],
      ['build cache', 'step', 'RUN make', '500B', 'remove', 'no build uses it'],
      [''],
      ['Total reclaimable space: 1.53kB'],
      [''],
    ]);
    expect(code).toBe(0);
    expect(asked).toEqual([]);
    expect(cacheAsked).toEqual([{ all: true, dryRun: true, until: '' }]);
    expect(plans).toEqual([
      { types: ['containers', 'networks', 'images'], all: true, filters: {}, goneCache: ['step'] },
      { types: ['containers', 'volumes'], all: false, filters: {}, goneCache: [] },
    ]);
    const json = await prune('container', 'prune', '--dry-run', '--format', 'json');
    expect(json.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as object)).toEqual([
      { Type: 'container', ID: 'c1', Name: 'c1-name', Size: '1kB', Bytes: '1000', Action: 'remove', Reason: 'exited (0) 3 days ago' },
    ]);
    expect((await prune('volume', 'prune', '--dry-run', '--format', '{{.Name}} {{.Action}}')).stdout).toBe('v1-name remove\n');
    expect(await prune('volume', 'prune', '-f', '--format', 'json')).toMatchObject({ code: 125 });
  });

  it('takes --all only where it means something, and nobody by surprise', async () => {
    for (const type of ['container', 'network']) expect(await prune(type, 'prune', '-a', '-f')).toMatchObject({ code: 125 });
    expect(await prune('system', 'prune')).toMatchObject({ code: 1, stdout: '' });
    expect(asked).toEqual([]);
  });
});
