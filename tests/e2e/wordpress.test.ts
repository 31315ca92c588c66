import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describeIf, eventually, freePort, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { block } from './migration/block.ts';
import { type Source, startDockerd } from './migration/source.ts';
import { listTree } from './migration/tree.ts';
import { oneEngine } from './one-engine.ts';
import { buildImages, needsOfImages } from './wordpress/images.ts';
import { Site } from './wordpress/site.ts';
import { names, startStack } from './wordpress/stack.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'python3', ...needsOfImages];

/** Milliseconds that end what hangs: hundreds of packages have to be fetched and unpacked. */
const patience = 30 * 60_000;

const account = { user: 'admin', password: 'correct horse battery staple' };

describeIf(needs, 'a real WordPress, brought over from docker', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let docker: Source;

  beforeAll(async () => {
    files = temporaryRoot();
    docker = await startDockerd(join(files.path, 'docker'), { storageDriver: 'overlay2' });
    await buildImages(docker, files.path);
  }, patience);

  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  /** A line for each file of a volume, from where the engine of `ok` keeps it. */
  const filesOf = async (ok: Source['ok'], volume: string): Promise<string> => listTree(await ok('volume', 'inspect', '-f', '{{.Mountpoint}}', volume));

  it('answers on its port as before, knows its people and their files, and goes on', async () => {
    const port = await freePort();
    const site = new Site(port);
    await startStack(docker, block(), port);
    await eventually(() => site.install('Brought over', account), patience);
    const session = await site.login(account);
    const first = await site.publish(session, 'Hello from there', 'Written <b>before</b>, with an é and a 🎈.');
    const picture = await site.upload(session, 'dot.png', 'image/png', dot);
    const large = await site.upload(session, 'large.png', 'image/png', Buffer.concat([dot, randomBytes(3_000_000)]));
    const before = { posts: await site.posts(), page: await site.frontPage(), large: await site.download(large) };
    expect(before.posts[0]).toEqual(first);
    expect(before.page).toContain('Hello from there');

    const started = performance.now();
    const { code, stderr } = await engine().arcbox('migrate', 'from', 'docker', '--source-socket', docker.socket, '-y');
    const seconds = (performance.now() - started) / 1_000;
    expect([code, stderr]).toEqual([0, '']);
    expect(await docker.ok('ps', '-q')).toBe('');
    process.stderr.write(`brought over in ${seconds.toFixed(1)} s\n${await engine().ok('system', 'df')}\n`);

    await eventually(async () => expect(await site.posts()).toEqual(before.posts));
    expect(await site.frontPage()).toBe(before.page);
    expect(await site.download(picture)).toEqual(dot);
    expect(await site.download(large)).toEqual(before.large);
    expect(await filesOf(engine().ok, names.content)).toBe(await filesOf(docker.ok, names.content));
    expect(owners(await filesOf(engine().ok, names.tables))).toEqual(owners(await filesOf(docker.ok, names.tables)));
    // Who was logged in still is, and may log in anew.
    const [resumed, again] = [await site.resume(session.cookie), await site.login(account)];
    const second = await site.publish(resumed, 'Hello from here', 'Written after.');
    const more = await site.upload(again, 'dot.png', 'image/png', dot);
    expect(more).not.toBe(picture);

    await engine().ok('restart', names.database, names.web);
    await eventually(async () => expect(await site.posts()).toEqual([second, ...before.posts]), patience);
    expect(await site.download(more)).toEqual(dot);
    await eventually(async () => expect(await engine().ok('inspect', '-f', '{{.State.Health.Status}}', names.database)).toBe('healthy'));
  }, patience);
});

/** Path, mode and owner of what is there whatever the server writes. */
function owners(tree: string): string[] {
  return tree.split('\n').map((line) => line.split(' ').slice(0, 4).join(' ')).filter((line) => !/ib_|ibtmp|aria_log|\.pid|\.sock|ddl_recovery|multi-master/.test(line));
}

/** A picture of one pixel. */
const dot = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
