import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describeIf } from '@arcbox/testing';
import { copy, copyAction } from '../../../test/copying.ts';
import { openPlayground, survey } from '../../../test/file-tree.ts';
import { makeTar } from '../../../test/tar.ts';
import type { CopyAction } from '../language/action.ts';
import { directoryTree } from './directory-tree.ts';
import { prepareCopy } from './prepare-copy.ts';

const add = (source: string, destination: string, more: Partial<CopyAction> = {}): CopyAction =>
  copyAction([source], destination, { kind: 'add', ...more });

const archive = makeTar([
  { name: 'top/', type: '5', mode: 0o2711, uid: 33, gid: 44 },
  { name: 'top/file', content: 'hello', uid: 33, gid: 44 },
  { name: 'top/.wh.kept', content: '' },
  { name: 'top/hard', type: '1', link: 'top/file', uid: 33, gid: 44 },
  { name: 'top/link', type: '2', link: '/etc/passwd' },
]);

const unpacked = (mode: string, owner: string): string[] => [
  `755 ${mode} x/`,
  `2711 ${owner} x/top/`,
  `644 ${owner === '33:44' ? '0:0' : owner} x/top/.wh.kept = `,
  `644 ${owner} x/top/file = hello`,
  `644 ${owner} x/top/hard = hello`,
  `${owner === '33:44' ? '0:0' : owner} x/top/link -> /etc/passwd`,
];

describeIf(['root', 'bsdtar', 'bsdcat'], 'ADD', () => {
  const playground = openPlayground();
  afterAll(() => playground[Symbol.dispose]());
  let count = 0;
  const place = (content: Buffer): { context: string; root: string } => {
    const context = playground.plant(`context-${++count}`, {});
    writeFileSync(join(context, 'archive'), content);
    return { context, root: playground.plant(`root-${count}`, {}) };
  };
  const compress = (how: string): Buffer => execFileSync('bsdtar', ['-c', how, '-f', '-', '@-'], { input: archive });

  it.each<[string, () => Buffer]>([
    ['plain', () => archive],
    ['gzip', () => gzipSync(archive)],
    ['bzip2', () => compress('--bzip2')],
    ['xz', () => compress('--xz')],
    ['zstd', () => compress('--zstd')],
  ])('unpacks an archive whatever its name: %s', async (_, make) => {
    const places = place(make());
    await copy(playground, places, add('archive', '/x'));
    expect(survey(places.root)).toEqual(unpacked('0:0', '33:44'));
  });

  it('gives its files to the owner of --chown', async () => {
    const places = place(archive);
    await copy(playground, places, add('archive', '/x/', { chown: '5:6' }));
    expect(survey(places.root)).toEqual(unpacked('5:6', '5:6'));
  });

  it('merges it into a directory, which stays as it is', async () => {
    const places = place(makeTar([{ name: './f', content: 'new' }]));
    playground.plant(`root-${count}`, { 'x/f': 'old', 'x/g': 'old' });
    execFileSync('chmod', ['700', join(places.root, 'x')]);
    await copy(playground, places, add('archive', '/x'));
    expect(survey(places.root)).toEqual(['700 0:0 x/', '644 0:0 x/f = new', '644 0:0 x/g = old']);
  });

  it.each<[string, Buffer]>([
    ['is none', Buffer.from('no archive')],
    ['is empty', Buffer.alloc(0)],
    ['is gzip of something else', gzipSync('no archive')],
    ['only begins like gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 1, 2, 3])],
    ['only begins like xz', Buffer.from('\xfd7zXZ\0nonsense', 'latin1')],
    ['has nothing but zeros', Buffer.alloc(2048)],
  ])('copies what %s as it is', async (_, content) => {
    const places = place(content);
    await copy(playground, places, add('archive', '/x/'));
    expect(readFileSync(join(places.root, 'x/archive'))).toEqual(content);
  });

  it('unpacks with COPY --unpack only, and not with ADD --unpack=false', async () => {
    const packed = place(archive);
    await copy(playground, packed, add('archive', '/x/', { unpack: false }));
    expect(readFileSync(join(packed.root, 'x/archive'))).toEqual(archive);
    const copied = place(archive);
    await copy(playground, copied, copyAction(['archive'], '/x/'));
    expect(readFileSync(join(copied.root, 'x/archive'))).toEqual(archive);
  });

  it('keeps hostile archives inside of the destination', async () => {
    const outside = playground.plant(`outside-${count}`, { 'file': 'untouched' });
    const places = place(
      makeTar([
        { name: 'out', type: '2', link: outside },
        { name: 'out/planted', content: 'x' },
        { name: 'up', type: '2', link: '../../../../../../../..' },
        { name: `up${outside}/planted`, content: 'x' },
        { name: '/absolute', content: 'x' },
      ]),
    );
    await copy(playground, places, add('archive', '/x/')).catch(() => {});
    expect(survey(outside)).toEqual(['644 0:0 file = untouched']);
    expect(survey(places.root).every((line) => / x(\/|$)/.test(line))).toBe(true);
    const climbing = place(makeTar([{ name: '../climbed', content: 'x' }]));
    await expect(copy(playground, climbing, add('archive', '/x/'))).rejects.toMatchObject({ kind: 'invalid-argument' });
    expect(existsSync(join(climbing.root, 'climbed'))).toBe(false);
  });
});

describeIf(['root', 'bsdtar'], 'ADD of a URL', () => {
  const playground = openPlayground();
  const modified = 'Wed, 21 Oct 2015 07:28:00 GMT';
  const server = createServer((request, response) => {
    if (request.url === '/missing') response.writeHead(404).end();
    else if (request.url === '/broken') response.writeHead(500).end();
    else if (request.url === '/moved') response.writeHead(302, { location: '/a/file.txt' }).end();
    else if (request.url === '/cut') response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy());
    else response.writeHead(200, request.url === '/plain' ? {} : { 'last-modified': modified }).end(archive);
  });
  let url = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    playground[Symbol.dispose]();
  });
  let count = 0;
  const run = async (path: string, destination: string, more: Partial<CopyAction> = {}): Promise<string> => {
    const root = playground.plant(`url-root-${++count}`, {});
    await copy(playground, { context: playground.path, root }, add(url + path, destination, more));
    return root;
  };

  it.each<[string, string, string, number]>([
    ['/a/file.txt', '/x/', 'x/file.txt', Date.parse(modified)],
    ['/a/a%20b.txt?query', '/x/', 'x/a b.txt', Date.parse(modified)],
    ['/moved', '/x', 'x', Date.parse(modified)],
    ['/plain', '/x', 'x', 0],
    ['/', '/x', 'x', Date.parse(modified)],
  ])('writes what is at %s to %s, with mode 600 and the time of the server', async (path, destination, name, mtime) => {
    const root = await run(path, destination);
    const stat = lstatSync(join(root, name));
    expect(readFileSync(join(root, name))).toEqual(archive);
    expect([stat.mode & 0o7777, stat.mtimeMs, stat.uid]).toEqual([0o600, mtime, 0]);
  });

  it('unpacks it with --unpack only, changes mode and owner as told, and knows its digest', async () => {
    expect(survey(await run('/x.tar', '/x/', { unpack: true, chown: '5:5' }))).toContain('644 5:5 x/top/file = hello');
    const checksum = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
    const root = await run('/x.tar', '/x', { checksum, chmod: '755', chown: '5:6' });
    expect(lstatSync(join(root, 'x'))).toMatchObject({ mode: 0o100755, uid: 5, gid: 6 });
  });

  it.each<[string, string, Partial<CopyAction>, string, string]>([
    ['/missing', '/x', {}, 'failed-precondition', 'the server answers 404'],
    ['/broken', '/x', {}, 'unavailable', 'the server answers 500'],
    ['/cut', '/x', {}, 'unavailable', 'cannot be loaded'],
    ['/', '/x/', {}, 'invalid-argument', 'the URL names no file'],
    ['/x', '/x', { checksum: `sha256:${'0'.repeat(64)}` }, 'failed-precondition', 'has the digest sha256:'],
    ['/repository.git#main', '/x', {}, 'unimplemented', 'does not load git repositories'],
  ])('fails for %s to %s %j', async (path, destination, more, kind, message) => {
    await expect(run(path, destination, more)).rejects.toMatchObject({ kind, message: expect.stringContaining(message) });
  });

  it('leaves no file behind', async () => {
    const temporary = playground.temporary();
    const options = { temporary: () => temporary };
    const action = add(`${url}/x`, '/x');
    const signal = new AbortController().signal;
    await (await prepareCopy(action, { tree: directoryTree(playground.path) }, options, signal))[Symbol.asyncDispose]();
    await expect(prepareCopy(add(`${url}/cut`, '/x'), { tree: directoryTree(playground.path) }, options, signal)).rejects.toThrow();
    expect(existsSync(temporary)).toBe(false);
  });
});
