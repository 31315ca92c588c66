import { join } from 'node:path';
import { describeIf, temporaryRoot } from '@arcbox/testing';
import { absent, type ContainerdClients, containerdClients, onWire, outcomeOf, shape, startContainerd, within } from './containerd.ts';
import { type Engine, startEngine } from './engine.ts';

const home = within('default');
const big = 'x'.repeat(4096);

/** A call and what is comparable of its answer. */
type Step = (clients: ContainerdClients) => Promise<unknown>;

const create = (name: string, target = absent('a'), labels: Record<string, string> = {}): Step => async ({ images }) =>
  shape((await images.create({ image: { name, labels, target: onWire(target) } }, home)).image);

const update = (image: object, ...paths: string[]): Step => async ({ images }) =>
  shape((await images.update({ image, updateMask: paths }, home)).image);

const list = (...filters: string[]): Step => async ({ images }) => (await images.list({ filters }, home)).images.map(({ name }) => name);

const remove = (name: string, sync = false): Step => async ({ images }) => images.delete({ name, sync }, home);

const get = (name: string): Step => async ({ images }) => shape((await images.get({ name }, home)).image);

const lease = (id: string, labels: Record<string, string> = {}): Step => async ({ leases }) => {
  const { lease: made } = await leases.create({ id, labels }, home);
  return { id: made?.id, labels: made?.labels };
};

const leases = (...filters: string[]): Step => async (clients) =>
  (await clients.leases.list({ filters }, home)).leases.map(({ id, labels }) => ({ id, labels }));

const resource = (word: string) => ({ id: absent(word).digest, type: 'content' });

describeIf(['root', 'containerd', 'bsdtar'], 'containerd and we, asked the same', () => {
  const root = temporaryRoot();
  let real: ContainerdClients & AsyncDisposable;
  let engine: Engine;
  let ours: ContainerdClients;
  beforeAll(async () => {
    real = await startContainerd(join(root.path, 'containerd'));
    engine = await startEngine();
    ours = containerdClients(engine.root.paths.workerSocket('images-0'));
  });
  afterAll(async () => {
    ours[Symbol.dispose]();
    await engine[Symbol.asyncDispose]();
    await real[Symbol.asyncDispose]();
    await root[Symbol.asyncDispose]();
  });

  /** The answers of both, one after the other. */
  const compare = async (steps: Record<string, Step>): Promise<void> => {
    const answers = async (clients: ContainerdClients): Promise<Record<string, unknown>> => {
      const said: Record<string, unknown> = {};
      for (const [what, step] of Object.entries(steps)) said[what] = await outcomeOf(step(clients));
      return said;
    };
    const expected = await answers(real);
    expect(await answers(ours)).toEqual(expected);
    // That both refuse everything would prove nothing.
    expect(Object.values(expected).filter((answer) => typeof answer === 'object').length).toBeGreaterThan(0);
  };

  it('answer alike: names are made, found and taken away', () =>
    compare({
      made: create('example.com/made:1', absent('a', { note: 'n', none: '' }), { k: 'v', none: '' }),
      again: create('example.com/made:1', absent('b')),
      strange: create('any Text, really', absent('c')),
      nameless: create(''),
      'label of 4096': create('example.com/fits:1', absent('a'), { a: big.slice(1) }),
      'label of 4097': create('example.com/long:1', absent('a'), { a: big }),
      'no digest': create('example.com/bad:1', { ...absent('a'), digest: '' }),
      'short digest': create('example.com/bad:1', { ...absent('a'), digest: 'sha256:00' }),
      'no size': create('example.com/bad:1', { ...absent('a'), size: 0 }),
      'negative size': create('example.com/bad:1', { ...absent('a'), size: -1 }),
      'no media type': create('example.com/bad:1', { ...absent('a'), mediaType: '' }),
      'no target': async ({ images }) => images.create({ image: { name: 'example.com/bad:1' } }, home),
      got: get('example.com/made:1'),
      'got strange': get('any Text, really'),
      'not there': get('example.com/none:1'),
      all: list(),
      removed: remove('any Text, really', true),
      'removed twice': remove('any Text, really'),
      left: list(),
      'taken away': async (clients) => {
        for (const name of (await list()(clients)) as string[]) await remove(name, true)(clients);
        return list()(clients);
      },
    }));

  it('answer alike: masks of updates', () =>
    compare({
      made: create('x', absent('a', { p: '1', q: '2' }), { a: '1', b: '2', c: '3' }),
      'one label': update({ name: 'x', labels: { a: '10', b: '20' } }, 'labels.a'),
      'a label with dots': update({ name: 'x', labels: { 'io.x/y.z': 'v' } }, 'labels.io.x/y.z'),
      'a label that is not given goes': update({ name: 'x', labels: {} }, 'labels.b'),
      'all labels': update({ name: 'x', labels: { z: '26' } }, 'labels'),
      'the target': update({ name: 'x', labels: { y: 'no' }, target: onWire(absent('b', { r: '3' })) }, 'target'),
      'a target that is none': update({ name: 'x' }, 'target'),
      annotations: update({ name: 'x', target: { annotations: { s: '4' } } }, 'annotations'),
      'one annotation': update({ name: 'x', target: { annotations: { t: '5', u: '6' } } }, 'annotations.t'),
      'two paths': update({ name: 'x', labels: { l: '1' }, target: onWire(absent('c')) }, 'target', 'labels'),
      'an unknown path': update({ name: 'x', labels: { l: '2' } }, 'labels', 'name'),
      'part of the target': update({ name: 'x', target: onWire(absent('d')) }, 'target.digest'),
      'a long label': update({ name: 'x', labels: { a: big } }, 'labels.a'),
      'all of it': update({ name: 'x', labels: { n: '1' }, target: onWire(absent('e')) }),
      'all of it, without a target': update({ name: 'x', labels: { n: '2' } }),
      'what is left': get('x'),
      'not there': update({ name: 'none', labels: {} }, 'labels'),
      nameless: update({ name: '' }, 'labels'),
      removed: remove('x', true),
    }));

  it('answer alike: filters', () =>
    compare({
      one: create('docker.io/library/one:1', absent('a', { note: 'first' }), { team: 'red', 'a.b/c': 'd' }),
      two: create('docker.io/library/two:2', { ...absent('b'), mediaType: 'text/x' }, { team: 'blue' }),
      three: create('three', absent('c')),
      ...Object.fromEntries(
        [
          ['name==three'],
          ['name==docker.io/library/one:1'],
          ['name~=^docker'],
          ['name~=/(one|two):/'],
          ['name!=three'],
          ['labels.team'],
          ['labels.team==red'],
          ['labels.team!=red'],
          ['labels."a.b/c"==d'],
          ['labels.a.b'],
          ['labels'],
          ['target.digest==' + absent('b').digest],
          ['target.mediatype~=text'],
          ['target'],
          ['annotations.note==first'],
          ['nothing'],
          ['nothing!=x'],
          ['name==three', 'labels.team==red'],
          ['name~=docker,labels.team==blue'],
          [''],
          ['name='],
          ['name==three,'],
          ['==x'],
        ].map((filters) => [filters.join(' or '), list(...filters)]),
      ),
      cleared: async (clients) => {
        for (const name of (await list()(clients)) as string[]) await remove(name, true)(clients);
        return list()(clients);
      },
    }));

  it('answer alike: leases', () =>
    compare({
      made: lease('l1', { team: 'red', none: '' }),
      again: lease('l1'),
      second: lease('l2'),
      all: leases(),
      'by label': leases('labels.team==red'),
      'by id': leases('id~=2$', 'id==none'),
      'bad filter': leases('id='),
      held: async (clients) => clients.leases.addResource({ id: 'l1', resource: resource('a') }, home),
      'held twice': async (clients) => clients.leases.addResource({ id: 'l1', resource: resource('a') }, home),
      resources: async (clients) => (await clients.leases.listResources({ id: 'l1' }, home)).resources,
      'bad digest': async (clients) => clients.leases.addResource({ id: 'l1', resource: { id: 'x', type: 'content' } }, home),
      'held by none': async (clients) => clients.leases.addResource({ id: 'none', resource: resource('a') }, home),
      'let go': async (clients) => clients.leases.deleteResource({ id: 'l1', resource: resource('a') }, home),
      'let go twice': async (clients) => clients.leases.deleteResource({ id: 'l1', resource: resource('a') }, home),
      'resources then': async (clients) => (await clients.leases.listResources({ id: 'l1' }, home)).resources,
      'resources of none': async (clients) => clients.leases.listResources({ id: 'none' }, home),
      deleted: async (clients) => clients.leases.delete({ id: 'l1' }, home),
      'deleted twice': async (clients) => clients.leases.delete({ id: 'l1', sync: true }, home),
      'deleted too': async (clients) => clients.leases.delete({ id: 'l2', sync: true }, home),
      left: leases(),
    }));

  it('answer alike: content that is not here, and another namespace', () =>
    compare({
      info: async ({ content }) => content.info({ digest: absent('a').digest }, home),
      'info of no digest': async ({ content }) => content.info({ digest: 'x' }, home),
      read: async ({ content }) => Array.fromAsync(content.read({ digest: absent('a').digest }, home)),
      status: async ({ content }) => content.status({ ref: 'none' }, home),
      statuses: async ({ content }) => content.listStatuses({}, home),
      'images elsewhere': async ({ images }) => images.list({}, within('k8s.io')),
      'image elsewhere': async ({ images }) => images.get({ name: 'x' }, within('k8s.io')),
      'update elsewhere': async ({ images }) => images.update({ image: { name: 'x' }, updateMask: ['labels'] }, within('k8s.io')),
      'delete elsewhere': async ({ images }) => images.delete({ name: 'x' }, within('k8s.io')),
      'leases elsewhere': async (clients) => clients.leases.list({}, within('k8s.io')),
      'bad filter elsewhere': async ({ images }) => images.list({ filters: ['name='] }, within('k8s.io')),
    }));
});
