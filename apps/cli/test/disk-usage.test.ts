import { buildCli } from './cli.ts';
import { type FakeGateway, startFakeGateway } from './fake-gateway.ts';

const cli = buildCli();
let gateway: FakeGateway;

const now = BigInt(Math.floor(Date.now() / 1000));
const image = (id: string, names: string[], shared: bigint, unique: bigint, containers = 0) => ({
  ...{ id: `sha256:${id.repeat(64)}`, names, created: now - 7_200n },
  ...{ size: shared + unique, shared, unique, compressed: unique / 2n, containers },
});

beforeAll(async () => {
  gateway = await startFakeGateway({
    furtherSystem: {
      async getDiskUsage() {
        return {
          images: [image('a', ['app:1', 'app:latest'], 2_000n, 3_000n, 1), image('b', [], 2_000n, 500n)],
          containers: [
            { id: 'c'.repeat(64), name: 'web', image: 'app:1', state: 'running', size: 30n, volumes: ['data'], created: now - 60n, command: 'sleep 1000', status: 'Up 3 seconds' },
            { id: 'd'.repeat(64), name: 'old', image: 'app:1', state: 'exited', size: 10n, volumes: [], created: now - 60n, command: 'true', status: 'Exited (0)' },
          ],
          volumes: [{ name: 'data', size: 700n, containers: 1 }, { name: 'new', size: -1n, containers: 0 }],
          buildCache: [
            { id: 'e'.repeat(64), kind: 'step', name: 'RUN make', size: 90n, lastUsed: now - 3_600n, created: 0n, inUse: false, shared: false },
            { id: 'f'.repeat(64), kind: 'mount', name: 'go', size: 9n, lastUsed: now, created: now, inUse: true, shared: false },
          ],
          layersSize: 5_500n,
          layersReclaimable: 500n,
          layersCompressed: 1_200n,
          layersBeside: 300n,
        };
      },
    },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});

const df = async (...args: string[]): Promise<string> => (await cli.run(['-H', `unix://${gateway.socket}`, 'system', 'df', ...args])).stdout;
const cells = (text: string): string[][] => text.split('\n').map((line) => line.split(/ {2,}/));

describe('system df', () => {
  it('adds up as docker does', async () => {
    expect(cells(await df())).toEqual([
      ['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'],
      ['Images', '2', '1', '5.5kB', '500B (9%)'],
      ['Containers', '2', '1', '40B', '10B (25%)'],
      ['Local Volumes', '2', '1', '700B', '0B (0%)'],
      ['Build Cache', '2', '1', '99B', '90B (90%)'],
      [''],
    ]);
    expect(await df('--format', '{{.Type}}: {{.TotalCount}}')).toBe('Images: 2\nContainers: 2\nLocal Volumes: 2\nBuild Cache: 2\n');
    expect(JSON.parse((await df('--format', 'json')).split('\n')[0] ?? '')).toEqual({ Type: 'Images', TotalCount: '2', Active: '1', Size: '5.5kB', Reclaimable: '500B (9%)' });
  });

  it('shows each with -v', async () => {
    expect(cells(await df('-v'))).toEqual([
      ['Images space usage:'],
      [''],
      ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS', 'COMPRESSED'],
      ['app', '1', 'a'.repeat(12), '2 hours ago', '5kB', '2kB', '3kB', '1', '1.5kB'],
      ['<none>', '<none>', 'b'.repeat(12), '2 hours ago', '2.5kB', '2kB', '500B', '0', '250B'],
      [''],
      ['Of 5.5kB, 4.3kB are unpacked layers; 1.2kB are kept as they were pulled or built, for pushes and saves (COMPRESSED).'],
      ['300B no image has: layers of removed images that containers use, interrupted pulls, what containerd clients hold.'],
      [''],
      ['Containers space usage:'],
      [''],
      ['CONTAINER ID', 'IMAGE', 'COMMAND', 'LOCAL VOLUMES', 'SIZE', 'CREATED', 'STATUS', 'NAMES'],
      ['c'.repeat(12), 'app:1', '"sleep 1000"', '1', '30B', 'About a minute ago', 'Up 3 seconds', 'web'],
      ['d'.repeat(12), 'app:1', '"true"', '0', '10B', 'About a minute ago', 'Exited (0)', 'old'],
      [''],
      ['Local Volumes space usage:'],
      [''],
      ['VOLUME NAME', 'LINKS', 'SIZE'],
      ['data', '1', '700B'],
      ['new', '0', 'N/A'],
      [''],
      ['Build cache usage: 99B'],
      [''],
      ['CACHE ID', 'CACHE TYPE', 'SIZE', 'CREATED', 'LAST USED', 'IN USE', 'SHARED', 'DESCRIPTION'],
      ['e'.repeat(12), 'step', '90B', 'N/A', 'About an hour ago', 'false', 'false', 'RUN make'],
      ['f'.repeat(12), 'mount', '9B', expect.stringMatching(/second/), expect.stringMatching(/second/), 'true', 'false', 'go'],
      [''],
    ]);
    expect(await df('-v', '--format', '{{range .Volumes}}{{.Name}} {{end}}')).toBe('data new \n');
    expect(JSON.parse(await df('-v', '--format', 'json'))).toMatchObject({ Images: [{ UniqueSize: '3kB' }, {}], BuildCache: [{ CacheType: 'step' }, {}] });
  });
});
