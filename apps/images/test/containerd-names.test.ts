import { join } from 'node:path';
import { describeIf, eventually } from '@arcbox/testing';
import { absent, onWire, outcomeOf, within } from './containerd.ts';
import { type ContainerdEngine, expectNoProblems, leftovers, load, presenceOf, startContainerdEngine } from './containerd-engine.ts';
import { describeBlob, makeImage, makeIndex, type TestImage } from './test-image.ts';

const makeApp = (word: string): TestImage => makeImage({ layers: [[{ name: 'file', content: word }], [{ name: word, content: 'b' }]], config: { Labels: { word } } });
const targetOf = ({ manifest }: TestImage) => onWire(describeBlob(manifest));

describeIf(['root', 'bsdtar'], "containerd's names", () => {
  let engine: ContainerdEngine;
  let seen = 0;
  beforeEach(async () => {
    engine = await startContainerdEngine();
    seen = 0;
  });
  // Every test leaves the store as empty as it found it.
  afterEach(async () => {
    await using _engine = engine;
    await expectNoProblems(engine);
    expect(leftovers(engine)).toEqual([]);
    expect(await names()).toEqual([]);
  });

  const names = async (...filters: string[]) => (await engine.containerd.images.list({ filters })).images.map(({ name }) => name);
  const create = (name: string, target: object, labels: Record<string, string> = {}) =>
    engine.containerd.images.create({ image: { name, target, labels } });
  const remove = (name: string) => engine.containerd.images.delete({ name, sync: true });
  const tags = async () => (await engine.images.list({ all: true })).images.flatMap(({ repoTags }) => repoTags).sort();
  /** The image events since the last call, as `action name`. Those of different images come in no order. */
  const expectNews = async (...expected: string[]): Promise<void> => {
    const said = async (): Promise<string[]> =>
      (await engine.events()).slice(seen).map(({ action, actor }) => `${action} ${actor?.attributes['name']}`);
    await eventually(async () => expect((await said()).sort()).toEqual(expected.sort()), 10_000);
    seen += expected.length;
  };

  it('are those of the images, under their full names', async () => {
    const app = makeApp('one');
    await load(engine, app, 'docker.io/library/app:1');
    await engine.images.tag({ source: 'app:1', repo: 'localhost:5000/team/app', tag: '2' });
    expect(await names()).toEqual(['docker.io/library/app:1', 'localhost:5000/team/app:2']);
    const { image } = await engine.containerd.images.get({ name: 'docker.io/library/app:1' });
    expect(image).toMatchObject({ name: 'docker.io/library/app:1', labels: {}, target: targetOf(app) });
    expect(await outcomeOf(engine.containerd.images.get({ name: 'app:1' }))).toBe('NOT_FOUND');
    expect(await outcomeOf(engine.containerd.images.get({ name: `docker.io/library/app@${app.manifest.digest}` }))).toBe('NOT_FOUND');
    expect(await outcomeOf(engine.containerd.images.get({ name: '' }))).toBe('INVALID_ARGUMENT');

    await expectNews('load app:1', 'tag localhost:5000/team/app:2');
    await create('docker.io/library/made:1', targetOf(app), { a: 'b' });
    await create('docker.io/library/app@' + app.manifest.digest, targetOf(app));
    expect(await tags()).toEqual(['app:1', 'localhost:5000/team/app:2', 'made:1']);
    expect(await names('labels.a==b', 'name~=sha256')).toEqual([`docker.io/library/app@${app.manifest.digest}`, 'docker.io/library/made:1']);
    await expectNews('tag made:1', `tag app@${app.manifest.digest}`);

    await engine.images.remove({ id: app.id, force: true });
    const gone = ['app:1', 'localhost:5000/team/app:2', 'made:1', `app@${app.manifest.digest}`];
    await expectNews(...gone.map((name) => `untag ${name}`), `delete ${app.id}`);
    expect(presenceOf(engine, app)).toBe('gone');
  });

  it('move with an image, keep what was said of them, and are created anew after they are gone', async () => {
    const [one, two] = [makeApp('one'), makeApp('two')];
    await load(engine, one, 'docker.io/library/one:1');
    await load(engine, two, 'docker.io/library/two:1');
    const { image: made } = await create('docker.io/library/moving:1', targetOf(one), { a: '1', b: '2' });
    await expectNews('load one:1', 'load two:1', 'tag moving:1');
    const { image: moved } = await engine.containerd.images.update({
      image: { name: 'docker.io/library/moving:1', target: targetOf(two), labels: { b: '20', c: '3' } },
      updateMask: ['target', 'labels.b'],
    });
    expect(moved).toEqual({ ...made, target: targetOf(two), labels: { a: '1', b: '20' }, updatedAt: moved?.updatedAt });
    const time = ({ seconds = 0n, nanos = 0 } = {}) => seconds * 1_000_000_000n + BigInt(nanos);
    expect(time(moved?.updatedAt)).toBeGreaterThan(time(made?.updatedAt));
    expect((await engine.images.inspect({ id: 'moving:1' })).id).toBe(two.id);
    await expectNews('tag moving:1');

    const annotated = await engine.containerd.images.update({
      image: { name: 'docker.io/library/moving:1', target: { annotations: { k: 'v', l: 'w' } } },
      updateMask: ['target.annotations.k'],
    });
    expect(annotated.image?.target).toEqual({ ...targetOf(two), annotations: { k: 'v' } });
    expect((await engine.images.inspect({ id: 'moving:1' })).id).toBe(two.id);

    // The other protocol keeps labels as well.
    await engine.images.tag({ source: 'one:1', repo: 'moving', tag: '1' });
    const { image: tagged } = await engine.containerd.images.get({ name: 'docker.io/library/moving:1' });
    expect(tagged).toMatchObject({ target: targetOf(one), labels: { a: '1', b: '20' }, createdAt: made?.createdAt });
    await expectNews('tag moving:1');

    await engine.containerd.images.update({ image: { name: 'docker.io/library/moving:1', target: onWire(absent('x')) } });
    expect(await outcomeOf(engine.images.inspect({ id: 'moving:1' }))).toBe('NOT_FOUND');
    await expectNews('untag moving:1');

    for (const name of await names()) await remove(name);
    expect([presenceOf(engine, one), presenceOf(engine, two)]).toEqual(['gone', 'gone']);
    const last = ({ id, manifest }: TestImage, name: string) => [`untag ${name}:1`, `untag ${name}@${manifest.digest}`, `delete ${id}`];
    await expectNews(...last(one, 'one'), ...last(two, 'two'));
    const { image: again } = await create('docker.io/library/moving:1', onWire(absent('x')));
    expect(again?.labels).toEqual({});
    expect(time(again?.createdAt)).toBeGreaterThan(time(made?.createdAt));
    await remove('docker.io/library/moving:1');
  });

  it('are refused when they are no names, or say too much', async () => {
    const target = onWire(absent('a'));
    const refusals = [
      {},
      { image: { name: '', target } },
      { image: { name: 'docker.io/library/x:1' } },
      { image: { name: 'docker.io/library/x:1', target: { ...target, digest: 'sha512:' + 'a'.repeat(128) } } },
      { image: { name: 'docker.io/library/x:1', target: { ...target, size: 2n ** 60n } } },
      { image: { name: 'docker.io/library/x:1', target, labels: { key: 'é'.repeat(2047) } } },
    ];
    for (const refused of refusals) expect(await outcomeOf(engine.containerd.images.create(refused))).toBe('INVALID_ARGUMENT');
    expect(await outcomeOf(engine.containerd.images.update({}))).toBe('INVALID_ARGUMENT');
    expect(await outcomeOf(engine.containerd.images.list({ filters: ['name~=('] }))).toBe('INVALID_ARGUMENT');

    await create('docker.io/library/x:1', target, { key: 'é'.repeat(2046) });
    const wish = { image: { name: 'docker.io/library/x:1', target, labels: {} } };
    for (const path of ['name', 'target.size', 'created_at', ''])
      expect(await outcomeOf(engine.containerd.images.update({ ...wish, updateMask: ['labels', path] }))).toBe('INVALID_ARGUMENT');
    expect((await engine.containerd.images.get({ name: 'docker.io/library/x:1' })).image?.labels).toEqual({ key: 'é'.repeat(2046) });
    expect(await outcomeOf(engine.containerd.images.update(wish))).toMatchObject({ image: { labels: {} } });
    await remove('docker.io/library/x:1');
  });

  it('may come before their content, and stand for the image once it is here', async () => {
    const app = makeApp('late');
    const index = makeIndex([
      [app, { os: 'linux', architecture: 'amd64', variant: '' }],
      [makeApp('never'), { os: 'linux', architecture: 's390x', variant: '' }],
    ]);
    await create('docker.io/library/early:1', targetOf(app));
    await create('docker.io/library/early:all', onWire(describeBlob(index)));
    await create('docker.io/library/early:lie', { ...targetOf(app), size: 7n });
    await create('another Name', targetOf(app));
    expect(await tags()).toEqual([]);
    expect(await outcomeOf(engine.images.remove({ id: 'early:1' }))).toBe('NOT_FOUND');

    await load(engine, app, 'docker.io/library/app:1', index);
    expect(await tags()).toEqual(['app:1', 'early:1', 'early:all']);
    await expectNews('load app:1', 'tag early:1', 'tag early:all');
    await create('docker.io/library/early:too', onWire(describeBlob(index)));
    expect(await tags()).toContain('early:too');
    await expectNoProblems(engine);

    for (const name of await names()) await remove(name);
    expect(presenceOf(engine, app)).toBe('gone');
    const gone = ['app:1', 'early:1', 'early:all', 'early:too', `app@${index.digest}`];
    await expectNews('tag early:too', ...gone.map((name) => `untag ${name}`), `delete ${app.id}`);
  });

  it('hold their content by whatever name, and bring the image back', async () => {
    const app = makeApp('held');
    await load(engine, app, 'docker.io/library/app:1');
    await create('My Name', targetOf(app));
    await engine.images.remove({ id: 'app:1', pruneParents: true });
    expect(await tags()).toEqual([]);
    expect(presenceOf(engine, app)).toBe('whole');
    // A worker that starts looks for garbage.
    await using _other = await engine.start('1');
    expect(presenceOf(engine, app)).toBe('whole');
    await expectNoProblems(engine);

    const gone = (name: string) => [`untag ${name}`, `delete ${app.id}`];
    await expectNews('load app:1', `untag app@${app.manifest.digest}`, ...gone('app:1'));
    await create('docker.io/library/back:1', targetOf(app));
    await expectNews('tag back:1');
    expect((await engine.images.inspect({ id: 'back:1' })).id).toBe(app.id);
    const path = join(engine.root.path, 'rootfs');
    expect((await engine.roots.prepare({ path, name: 'back:1' })).layers).toHaveLength(1);
    await engine.roots.cleanup({ path });

    await remove('docker.io/library/back:1');
    await expectNews(...gone('back:1'));
    expect(await tags()).toEqual([]);
    expect(presenceOf(engine, app)).toBe('whole');
    await remove('My Name');
    expect(presenceOf(engine, app)).toBe('gone');
  });

  it('take the image with them when they are the last, unless something is made from it', async () => {
    const app = makeApp('used');
    await load(engine, app, 'docker.io/library/app:1');
    await create('docker.io/library/app:2', targetOf(app));
    await create(`docker.io/other/app@${app.manifest.digest}`, targetOf(app));
    const path = join(engine.root.path, 'used');
    await engine.roots.prepare({ path, name: 'app:1' });
    await expectNews('load app:1', 'tag app:2', `tag other/app@${app.manifest.digest}`);

    await remove('docker.io/library/app:1');
    await remove('docker.io/library/app:2');
    expect(await names()).toEqual([`docker.io/other/app@${app.manifest.digest}`]);
    await remove(`docker.io/other/app@${app.manifest.digest}`);
    const digests = [`untag app@${app.manifest.digest}`, `untag other/app@${app.manifest.digest}`];
    await expectNews('untag app:1', 'untag app:2', ...digests);
    // A container has it: it stays, without a name.
    expect(await tags()).toEqual(['<none>:<none>']);
    expect(presenceOf(engine, app)).toBe('whole');

    const { name: child } = await engine.roots.commit({ path });
    await engine.roots.cleanup({ path });
    await engine.images.tag({ source: child, repo: 'child', tag: '1' });
    await create('docker.io/library/app:3', targetOf(app));
    await remove('docker.io/library/app:3');
    expect(presenceOf(engine, app)).toBe('whole');

    await expectNews(`commit ${child}`, 'tag child:1', 'tag app:3', 'untag app:3');
    await remove('docker.io/library/child:1');
    await expectNews('untag child:1', `delete ${child}`, `delete ${app.id}`);
    expect(presenceOf(engine, app)).toBe('gone');
  });

  it('are deleted only as what they are thought to be', async () => {
    await create('docker.io/library/x:1', onWire(absent('a')));
    const name = 'docker.io/library/x:1';
    expect(await outcomeOf(engine.containerd.images.delete({ name, target: onWire(absent('b')) }))).toBe('NOT_FOUND');
    expect(await names()).toEqual([name]);
    await engine.containerd.images.delete({ name, target: onWire(absent('a')) });
    expect(await outcomeOf(engine.containerd.images.delete({ name }))).toBe('NOT_FOUND');
  });

  it('are all in one namespace', async () => {
    await create('docker.io/library/x:1', onWire(absent('a')));
    const [here, elsewhere] = [within('default'), within('k8s.io')];
    const { images, namespaces } = engine.containerd;
    expect((await images.list({}, here)).images).toHaveLength(1);
    expect((await images.list({}, elsewhere)).images).toEqual([]);
    for (const call of [images.get, images.delete]) expect(await outcomeOf<unknown>(call({ name: 'docker.io/library/x:1' }, elsewhere))).toBe('NOT_FOUND');
    const made = images.create({ image: { name: 'docker.io/library/y:1', target: onWire(absent('a')) } }, elsewhere);
    expect(await outcomeOf(made)).toBe('NOT_FOUND');
    expect(await names()).toEqual(['docker.io/library/x:1']);
    await remove('docker.io/library/x:1');

    expect((await namespaces.list({})).namespaces).toEqual([{ name: 'default', labels: {} }]);
    expect((await namespaces.list({ filter: 'name==x' })).namespaces).toEqual([]);
    expect((await namespaces.get({ name: 'default' })).namespace).toEqual({ name: 'default', labels: {} });
    expect(await outcomeOf(namespaces.get({ name: 'x' }))).toBe('NOT_FOUND');
    expect(await outcomeOf(namespaces.create({ namespace: { name: 'default' } }))).toBe('ALREADY_EXISTS');
    expect(await outcomeOf(namespaces.create({ namespace: { name: 'x' } }))).toBe('UNIMPLEMENTED');
    expect(await outcomeOf(namespaces.create({}))).toBe('INVALID_ARGUMENT');
    expect(await outcomeOf(namespaces.update({ namespace: { name: 'default' } }))).toBe('UNIMPLEMENTED');
    expect(await outcomeOf(namespaces.delete({ name: 'default' }))).toBe('FAILED_PRECONDITION');
    expect(await outcomeOf(namespaces.delete({ name: 'x' }))).toBe('NOT_FOUND');
  });
});
