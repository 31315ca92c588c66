import { createHash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { lgetxattr, llistxattr } from '@arcbox/linux';

/** A file of a tree, all there is to know about it, in one line. */
export type Tree = { [name: string]: string };

/** The files below `root` by their names (bytes in latin1). Sockets are not told of, as in archives. */
export function readTree(root: string): Tree {
  const tree: Tree = {};
  const first = new Map<bigint, string>();
  const visit = (path: Buffer, name: string): void => {
    const stat = lstatSync(path, { bigint: true });
    if (stat.isSocket()) return;
    // The root's own time is no part of a layer.
    const time = name === '' ? '' : String(stat.mtimeNs);
    const link = stat.isDirectory() ? '' : (first.get(stat.ino) ?? first.set(stat.ino, name).get(stat.ino));
    tree[name] = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${time} ${stat.rdev} ${link} ${contentOf(path, stat)} ${xattrsOf(path)}`;
    if (!stat.isDirectory()) return;
    for (const base of readdirSync(path, { encoding: 'buffer' }).sort((a, b) => a.compare(b))) {
      visit(Buffer.concat([path, Buffer.from('/'), base]), `${name}/${base.toString('latin1')}`);
    }
  };
  visit(Buffer.from(root), '');
  return tree;
}

function contentOf(path: Buffer, stat: BigIntStats): string {
  if (stat.isSymbolicLink()) return readlinkSync(path, { encoding: 'buffer' }).toString('latin1');
  return stat.isFile() ? `${stat.size} ${createHash('sha256').update(readFileSync(path)).digest('hex')}` : '';
}

function xattrsOf(path: Buffer): string {
  const own = llistxattr(path).filter((name) => !name.startsWith('trusted.overlay.') && !name.startsWith('security.selinux'));
  return own.map((name) => `${name}=${lgetxattr(path, name)?.toString('hex')}`).join();
}
