import { failedPrecondition, unavailable } from '@arcbox/errors';
import { freedBytes, type SizedImage } from './freed-bytes.ts';
import { prune, type PruneOrder, sweep, type Sweeps, type Unused } from './prune.ts';
import { parsePruneRequest } from './prune-request.ts';

const signal = new AbortController().signal;
const order: PruneOrder = { types: ['containers'], all: false, filters: {}, until: undefined, labels: [], withoutLabels: [] };

function unused(name: string, labels: Record<string, string> = {}, created = 0): Unused {
  return { created, labels, remove: async () => ({ names: [name], bytes: 10n }) };
}

function sweeps(containers: Unused[]): Sweeps {
  const none = sweep(async () => []);
  return { containers: sweep(async () => containers), images: none, networks: none, volumes: none };
}

test('deletes what is unused and adds up the bytes', async () => {
  const pruned = await prune(sweeps([unused('a'), unused('b')]), order, signal);
  expect(pruned).toMatchObject({ containersDeleted: ['a', 'b'], spaceReclaimed: 20n, imagesDeleted: [] });
});

test('keeps what fails to match age and labels', async () => {
  const candidates = [
    unused('wanted', { env: 'test', keep: 'no' }, 1),
    unused('young', { env: 'test' }, 100),
    unused('other', { env: 'prod' }, 1),
    unused('kept', { env: 'test', keep: 'yes' }, 1),
  ];
  const filtered = { ...order, until: 50, labels: ['env=test'], withoutLabels: ['keep=yes'] };
  expect((await prune(sweeps(candidates), filtered, signal)).containersDeleted).toEqual(['wanted']);
});

test('what came into use in between is left alone, a worker that is away is not hidden', async () => {
  const used = { ...unused('used'), remove: () => Promise.reject(failedPrecondition('in use')) };
  expect((await prune(sweeps([used, unused('b')]), order, signal)).containersDeleted).toEqual(['b']);
  const away = { ...unused('x'), remove: () => Promise.reject(unavailable('no containers worker is running')) };
  await expect(prune(sweeps([away]), order, signal)).rejects.toMatchObject({ kind: 'unavailable' });
});

test('types: none means the usual ones, all means all', () => {
  const types = (...names: string[]) => parsePruneRequest({ types: names, all: false, filters: {} }, 0).types;
  expect(types()).toEqual(['containers', 'networks', 'images']);
  expect(types('all')).toEqual(['containers', 'networks', 'volumes', 'images']);
  expect(types('images', 'containers')).toEqual(['containers', 'images']);
});

test.each<[string, string[], Record<string, string>]>([
  ['unknown prune type: machines', ['machines'], {}],
  ['unknown prune filter: colour', [], { colour: 'red' }],
  ['prune filter until: neither a time nor a duration: yesterday', [], { until: 'yesterday' }],
])('refused: %s', (message, types, filters) => {
  const parse = () => parsePruneRequest({ types, all: false, filters }, 0);
  expect(parse).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});

test('layers that another image has are not counted as freed, and are when the last one goes', () => {
  const present = new Map<string, SizedImage>([
    ['base', { size: 100n, layers: ['1'] }],
    ['app', { size: 130n, layers: ['1', '2'] }],
    ['other', { size: 50n, layers: ['9'] }],
  ]);
  expect(freedBytes('app', present)).toBe(30n);
  expect(freedBytes('base', present)).toBe(100n);
  expect(freedBytes('other', present)).toBe(50n);
  expect(freedBytes('other', present)).toBe(0n);
});
