import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeIf, startRegistry } from '@arcbox/testing';
import { mountRoot, pull, startEngine } from './engine.ts';
import { pushImage } from './push.ts';
import type { TarInput } from './tar.ts';
import { makeImage, type TestImage } from './test-image.ts';
import { readTree, type Tree } from './tree.ts';

/** CAP_NET_BIND_SERVICE, permitted and effective: linux/capability.h, vfs_cap_data of revision 2. */
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex').toString('latin1');

const directory = (name: string, more: Partial<TarInput> = {}): TarInput => ({ name: `${name}/`, type: '5', ...more });
const at = (mtime: string): TarInput['pax'] => ({ mtime });

const layers: readonly TarInput[][] = [
  [
    directory('.', { mode: 0o751, uid: 3, gid: 4 }),
    directory('bin', { mode: 0o755, pax: at('1500000000.123456789') }),
    { name: 'bin/su', content: 'setuid', mode: 0o4755, uid: 1000, gid: 1001, pax: at('1600000000.000000001') },
    { name: 'bin/wall', content: 'setgid', mode: 0o2755, gid: 5, pax: at('1600000000.999999999') },
    { name: 'bin/ping', content: 'capable', mode: 0o755, pax: { 'SCHILY.xattr.security.capability': capability } },
    { name: 'bin/ping6', type: '1', link: 'bin/ping' },
    { name: 'bin/sh', type: '2', link: 'busybox', uid: 7, gid: 8, mode: 0o777, pax: at('1400000000.5') },
    { name: 'bin/far', type: '2', link: `/${'far/'.repeat(60)}`, mode: 0o777 },
    directory('tmp', { mode: 0o1777 }),
    directory('shared', { mode: 0o2775, gid: 100, pax: { 'SCHILY.xattr.user.note': 'a=b\n\0c' } }),
    { name: 'shared/marked', content: 'x', pax: { 'SCHILY.xattr.user.one': '1', 'SCHILY.xattr.trusted.two': '2' } },
    { name: 'shared/big-owner', content: 'x', uid: 2_000_000_000, gid: 3_000_000_000 },
    { name: 'shared/before-1970', content: 'x', pax: at('-1000000000.25') },
    { name: 'shared/after-2038', content: 'x', pax: at('4102444800.75') },
    { name: 'shared/read-only', content: 'x', mode: 0 },
    { name: 'shared/zeros', content: Buffer.alloc(100_000) },
    { name: 'shared/n\xc3\xa4m\xff\x01 \\*"', content: 'bytes' },
    { name: `shared/${'long'.repeat(50)}`, content: 'long', pax: { path: `shared/${'long'.repeat(60)}` } },
    directory('dev'),
    { name: 'dev/null', type: '3', major: 1, minor: 3, mode: 0o666 },
    { name: 'dev/large', type: '4', major: 259, minor: 70_000, mode: 0o660, gid: 6 },
    { name: 'dev/pipe', type: '6', mode: 0o622, uid: 9 },
    directory('etc', { mode: 0o750, uid: 10, pax: at('1450000000.1') }),
    { name: 'etc/gone', content: 'x' },
    { name: 'etc/kept', content: 'kept', mode: 0o640 },
    directory('etc/conf', { mode: 0o700, uid: 11 }),
    { name: 'etc/conf/old', content: 'x' },
    directory('opaque', { mode: 0o711, uid: 12 }),
    { name: 'opaque/old', content: 'x' },
    directory('opaque/below'),
    directory('opt', { mode: 0o700, uid: 21 }),
    directory('opt/a', { mode: 0o710, uid: 22, pax: { ...at('1470000000.7'), 'SCHILY.xattr.user.a': '1' } }),
    directory('opt/a/b', { mode: 0o711, uid: 23 }),
    directory('opt/c', { mode: 0o500, uid: 24 }),
    { name: 'opt/c/old', content: 'x' },
    directory('opt/d', { mode: 0o2700, gid: 25 }),
    { name: 'opt/d/gone', content: 'x' },
    directory('cleared', { mode: 0o700, uid: 26 }),
    directory('later'),
    directory('becomes-file'),
    { name: 'becomes-file/x', content: 'x' },
    { name: 'becomes-directory', content: 'x' },
    { name: 'becomes-link', content: 'x' },
    { name: 'pair-a', content: 'pair' },
    { name: 'pair-b', type: '1', link: 'pair-a' },
  ],
  [
    directory('.', { mode: 0o751, uid: 3, gid: 4 }),
    directory('etc', { mode: 0o755, uid: 10, pax: at('1550000000.2') }),
    { name: 'etc/.wh.gone' },
    { name: 'etc/.wh.conf' },
    directory('opaque', { mode: 0o711, uid: 12 }),
    { name: 'opaque/.wh..wh..opq' },
    { name: 'opaque/new', content: 'new', uid: 13 },
    { name: '.wh.becomes-file' },
    { name: 'becomes-file', content: 'now a file' },
    directory('becomes-directory', { mode: 0o701 }),
    { name: 'becomes-directory/x', content: 'x' },
    { name: 'becomes-link', type: '2', link: 'etc/kept', mode: 0o777 },
    { name: 'pair-a', content: 'alone now' },
  ],
  [
    directory('.', { mode: 0o751, uid: 3, gid: 4 }),
    directory('etc', { mode: 0o755, uid: 10, pax: at('1560000000.3') }),
    directory('etc/conf', { mode: 0o711 }),
    { name: 'etc/conf/again', content: 'x' },
    { name: 'bin/ls', content: 'an entry without one for its directory', mode: 0o755 },
    { name: 'tmp/file', content: 'x' },
    { name: 'shared/.wh.zeros' },
    { name: 'new/deep/file', content: 'x' },
  ],
  // No entry for any directory: all of them stay as they are, the root too.
  [
    { name: 'opt/a/b/file', content: 'x' },
    { name: 'opt/c/.wh..wh..opq' },
    { name: 'opt/c/new', content: 'x' },
    { name: 'opt/d/.wh.gone' },
    { name: '.wh.cleared' },
    { name: 'later/file', content: 'x' },
    directory('later', { mode: 0o710, uid: 20 }),
  ],
  [
    { name: 'cleared/file', content: 'x' },
    { name: 'opt/a/file', content: 'x' },
  ],
];

/** Directories that no layer has an entry for: they are as old as the unpacking. */
const unstated = ['/new', '/new/deep', '/cleared'];

const withoutTimes = (tree: Tree): Tree =>
  Object.fromEntries(
    Object.entries(tree).map(([name, line]) => [name, unstated.includes(name) ? line.replace(/ \d{19} /, ' now ') : line]),
  );

/** What another program makes of the same image, from an image layout. */
function unpackByUmoci(image: TestImage, into: string): Tree {
  const layout = join(into, 'layout');
  for (const { digest, content } of [image.manifest, image.config, ...image.layers]) {
    const path = join(layout, 'blobs', digest.replace(':', '/'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
  const { mediaType, digest, content } = image.manifest;
  const annotations = { 'org.opencontainers.image.ref.name': 'it' };
  const index = { schemaVersion: 2, manifests: [{ mediaType, digest, size: content.length, annotations }] };
  writeFileSync(join(layout, 'index.json'), JSON.stringify(index));
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  execFileSync('umoci', ['unpack', '--image', `${layout}:it`, join(into, 'bundle')], { stdio: 'pipe' });
  return readTree(join(into, 'bundle/rootfs'));
}

describeIf(['root', 'overlay', 'docker-registry', 'bsdtar', 'umoci'], 'unpacked layers', () => {
  it.each(['gzip', 'zstd'] as const)('%s: are what umoci makes of them, to the last attribute', async (compression) => {
    await using registry = await startRegistry();
    await using engine = await startEngine();
    await pushImage(registry, 'app', '1', makeImage({ layers, compression }));
    await pull(engine, `${registry.host}/app:1`);
    const path = join(engine.root.path, 'rootfs');
    mkdirSync(path);
    await using _root = await mountRoot(engine, path, `${registry.host}/app:1`);
    const into = mkdtempSync(join(tmpdir(), 'abx-umoci-'));
    try {
      // Debian's umoci reads gzip only.
      const theirs = unpackByUmoci(makeImage({ layers }), into);
      const ours = readTree(path);
      expect(Object.keys(ours)).toEqual(Object.keys(theirs));
      expect(withoutTimes(ours)).toEqual(withoutTimes(theirs));
      expect(Object.keys(ours).length).toBeGreaterThan(35);
    } finally {
      rmSync(into, { recursive: true });
    }
  });
});
