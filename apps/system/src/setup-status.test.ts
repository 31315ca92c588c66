import { type Observation, type SetupStatus, statusIn, stepsTo } from './setup-status.ts';

const needed = ['images', 'containers', 'networks', 'volumes'];
const integration = { dnsResolver: false, dockerSocket: false, route: false, dockerTools: false };
const nothing: Observation = { shortcomings: [], present: [], serving: [], integration };
const all: Observation = { ...nothing, present: needed, serving: needed };
const without = (worker: string): Observation => ({ ...all, serving: needed.filter((name) => name !== worker) });
const start = statusIn('initializing', nothing, needed);
const ready = statusIn('ready', all, needed);
const phases = (statuses: SetupStatus[]): string[] => statuses.map(({ phase }) => phase);

test('every stage is told, also when all are reached at once', () => {
  const steps = stepsTo(all, needed, start, false);
  expect(phases(steps)).toEqual(['assets-ready', 'vm-starting', 'vm-ready', 'network-ready', 'ready']);
  expect(steps.map(({ vmRunning }) => vmRunning)).toEqual([false, false, true, true, true]);
});

test('it stops at the stage that is reached', () => {
  expect(phases(stepsTo(nothing, needed, start, false))).toEqual(['assets-ready']);
  expect(phases(stepsTo({ ...nothing, present: ['containers'] }, needed, start, false)).at(-1)).toBe('vm-starting');
  const partly = { ...nothing, present: ['containers'], serving: ['containers'] };
  expect(phases(stepsTo(partly, needed, start, false)).at(-1)).toBe('vm-ready');
  expect(stepsTo(without('volumes'), needed, start, false).at(-1)).toMatchObject({
    phase: 'network-ready',
    message: 'networks work; waiting for volumes',
  });
});

test('before it was ready, a part that goes takes it down the ladder, and up again from there', () => {
  const [back] = stepsTo({ ...nothing, present: ['containers'] }, needed, statusIn('network-ready', without('images'), needed), false);
  expect(back?.phase).toBe('vm-starting');
  expect(phases(stepsTo(all, needed, back as SetupStatus, false))).toEqual(['vm-ready', 'network-ready', 'ready']);
});

test('after it was ready it is degraded, with the reason, and ready again', () => {
  const [degraded, ...more] = stepsTo({ ...without('networks'), present: needed.slice(0, 2) }, needed, ready, true);
  expect(degraded).toMatchObject({ phase: 'degraded', message: 'the networks worker is not running', vmRunning: true });
  expect(more).toEqual([]);
  expect(phases(stepsTo(all, needed, degraded as SetupStatus, true))).toEqual(['ready']);
});

test('containers cannot run without the images worker', () => {
  expect(stepsTo(without('images'), needed, ready, true)).toMatchObject([{ phase: 'degraded', vmRunning: false }]);
});

test('a host that cannot run containers has failed and says why, whatever was before', () => {
  const broken = { ...all, shortcomings: ['runc is missing'] };
  const [status, ...more] = stepsTo(broken, needed, start, false);
  expect(status).toMatchObject({ phase: 'failed', error: 'containers cannot run on this host: runc is missing', vmRunning: false });
  expect(phases(stepsTo(broken, needed, ready, true))).toEqual(['failed']);
  expect(stepsTo(all, needed, status as SetupStatus, true)).toMatchObject([{ phase: 'ready', error: '' }]);
  expect(more).toEqual([]);
  expect(phases(stepsTo(all, needed, status as SetupStatus, false))).toEqual([
    'assets-ready',
    'vm-starting',
    'vm-ready',
    'network-ready',
    'ready',
  ]);
});

test('what a killed engine has left is put in order first, then the start begins anew', () => {
  // Nothing is said before the worker is there that knows.
  expect(stepsTo({ ...nothing, leftovers: 'untouched' }, needed, start, false)).toEqual([]);
  const [cleaning, ...more] = stepsTo({ ...nothing, present: ['containers'], leftovers: 'in hand' }, needed, start, false);
  expect(cleaning).toMatchObject({ phase: 'cleaning-up', vmRunning: false, error: '' });
  expect(more).toEqual([]);
  expect(phases(stepsTo(all, needed, cleaning as SetupStatus, false))).toEqual([
    'initializing',
    'assets-ready',
    'vm-starting',
    'vm-ready',
    'network-ready',
    'ready',
  ]);
});

test('nothing is told when nothing has changed, and a flag is a change', () => {
  expect(stepsTo(all, needed, ready, true)).toEqual([]);
  const routed = { ...all, integration: { ...integration, route: true } };
  expect(stepsTo(routed, needed, ready, true)).toMatchObject([{ phase: 'ready', integration: { route: true } }]);
});
