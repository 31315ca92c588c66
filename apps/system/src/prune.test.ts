import { unavailable } from '@arcbox/errors';
import { bytesOf, goneOf, hasRemoved, prune, type PruneOrder, type Sweeps, type SweepScope, type Verdict } from './prune.ts';
import { pruneFailure } from './prune-failure.ts';
import { parsePruneRequest } from './prune-request.ts';
import { toPlanResponse, toPruneResponse } from './prune-wire.ts';

const signal = new AbortController().signal;
const verdict = (id: string, removed: boolean): Verdict => ({ id, name: `${id}-name`, bytes: 10n, removed, reason: 'why', gone: removed ? [id] : [] });

/** Notes in which order it is asked, and for which containers as gone. */
function sweeps(asked: unknown[]): Sweeps {
  const sweep = (type: string) => async (_order: PruneOrder, { goneContainers, verdicts }: SweepScope) => {
    asked.push([type, goneContainers]);
    verdicts.push(verdict(`${type}-kept`, false), verdict(`${type}-gone`, true));
  };
  return { containers: sweep('containers'), networks: sweep('networks'), volumes: sweep('volumes'), images: sweep('images') };
}

const order = (types: string[], dryRun: boolean): PruneOrder => parsePruneRequest({ types, all: false, filters: {} }, { dryRun, now: 0 });

test('what goes first frees what comes later: in a plan it counts as gone, else it is gone', async () => {
  const asked: unknown[] = [];
  await prune(sweeps(asked), order(['all'], true), signal);
  const gone = ['containers-gone'];
  expect(asked).toEqual([['containers', []], ['networks', gone], ['volumes', gone], ['images', gone]]);
  asked.length = 0;
  await prune(sweeps(asked), order(['images', 'containers'], false), signal);
  expect(asked).toEqual([['containers', []], ['images', []]]);
});

test('a plan and a prune tell the same', async () => {
  const { verdicts } = await prune(sweeps([]), order(['volumes', 'images'], true), signal);
  expect(bytesOf(verdicts)).toBe(20n);
  expect(goneOf(verdicts.images)).toEqual(['images-gone']);
  expect(toPruneResponse(verdicts)).toEqual({
    spaceReclaimed: 20n,
    containersDeleted: [],
    networksDeleted: [],
    volumesDeleted: ['volumes-gone'],
    imagesDeleted: ['images-gone'],
  });
  const item = (type: string, id: string, removed: boolean) => ({ type, id, name: `${id}-name`, size: 10n, removed, reason: 'why' });
  expect(toPlanResponse(verdicts)).toEqual({
    spaceReclaimed: 20n,
    items: [
      item('volume', 'volumes-gone', true),
      item('volume', 'volumes-kept', false),
      item('image', 'images-gone', true),
      item('image', 'images-kept', false),
    ],
  });
});

test('what was removed before a failure is told with it, also of the type that failed', async () => {
  const asked: unknown[] = [];
  const failure = unavailable('the networks worker is away');
  const failing: Sweeps = {
    ...sweeps(asked),
    networks: async (_order, { verdicts }) => {
      for (let i = 1; i <= 12; i++) verdicts.push(verdict(`net${i}`, true));
      throw failure;
    },
  };
  const pruned = await prune(failing, order(['all'], false), signal);
  expect(pruned.failure).toBe(failure);
  expect(asked).toEqual([['containers', []]]);
  expect(hasRemoved(pruned.verdicts)).toBe(true);
  const error = pruneFailure(failure, pruned.verdicts);
  const networks = 'networks net1, net2, net3, net4, net5, net6, net7, net8, net9, net10 and 2 more';
  expect(error).toEqual(expect.objectContaining({ kind: 'unavailable', cause: failure }));
  expect(error.message).toBe(`the networks worker is away; removed before that: containers containers-gone; ${networks}; 130 bytes reclaimed`);
  // What is no word for clients stays here.
  expect(pruneFailure(new TypeError('secret'), pruned.verdicts)).toMatchObject({ kind: 'internal', message: expect.stringMatching(/^internal error; removed/) });
  const none = await prune({ ...failing, networks: async () => { throw failure; } }, order(['networks'], false), signal);
  expect(hasRemoved(none.verdicts)).toBe(false);
});

test('types: none means the usual ones, all means all', () => {
  const types = (...names: string[]) => order(names, false).types;
  expect(types()).toEqual(['containers', 'networks', 'images']);
  expect(types('all')).toEqual(['containers', 'networks', 'volumes', 'images']);
  expect(types('images', 'containers')).toEqual(['containers', 'images']);
});

test.each<[string, string[], Record<string, string>]>([
  ['unknown prune type: machines', ['machines'], {}],
  ['unknown prune filter: colour', [], { colour: 'red' }],
  ['prune filter until: neither a time nor a duration: yesterday', [], { until: 'yesterday' }],
])('refused: %s', (message, types, filters) => {
  const parse = () => parsePruneRequest({ types, all: false, filters }, { dryRun: false, now: 0 });
  expect(parse).toThrow(expect.objectContaining({ kind: 'invalid-argument', message }));
});
