import { createHash } from 'node:crypto';
import { planted } from './plant-context.ts';
import { readTar, type TarEntry } from './read-tar.ts';

/** What there is to know about each file, in a line. By absolute paths, bytes as latin1. */
export type Tree = { [path: string]: string };

const opaque = '.wh..wh..opq';

/** The files that layers make, lowest first: OCI image specification, layer.md. */
export function mergedTree(layers: readonly Buffer[]): Tree {
  const files = new Map<string, TarEntry>();
  for (const layer of layers) apply(files, [...readTar(layer)]);
  const names = new Map<TarEntry, string[]>();
  for (const [path, entry] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    names.set(entry, [...(names.get(entry) ?? []), path]);
  }
  return Object.fromEntries([...names].flatMap(([entry, paths]) => paths.map((path) => [`/${path}`, lineOf(entry, paths, path)])));
}

function apply(files: Map<string, TarEntry>, entries: readonly TarEntry[]): void {
  for (const { name } of entries) {
    const [directory, base] = split(name);
    if (base === opaque) removeBelow(files, directory);
    else if (base.startsWith('.wh.')) remove(files, join(directory, base.slice('.wh.'.length)));
  }
  for (const entry of entries) {
    if (split(entry.name)[1].startsWith('.wh.')) continue;
    if (entry.type !== 'directory') removeBelow(files, entry.name);
    files.set(entry.name, entry.type === 'hard link' ? linked(files, entry) : entry);
  }
}

function linked(files: Map<string, TarEntry>, { name, target }: TarEntry): TarEntry {
  const file = files.get(target.replace(/^(\.?\/)+/, ''));
  if (!file) throw new Error(`${name} is a link to ${target}, which is not there`);
  return file;
}

function remove(files: Map<string, TarEntry>, path: string): void {
  files.delete(path);
  removeBelow(files, path);
}

function removeBelow(files: Map<string, TarEntry>, directory: string): void {
  for (const path of files.keys()) if (path.startsWith(directory === '' ? '' : `${directory}/`)) files.delete(path);
}

function lineOf(entry: TarEntry, names: readonly string[], path: string): string {
  const { type, mode, uid, gid, time, target, device, content, attributes } = entry;
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const isText = content.length < 200 && /^[\n -~]*$/.test(content.toString('latin1'));
  const others = names.filter((name) => name !== path);
  return [
    ...[type, mode.toString(8), `${uid}:${gid}`],
    // A builder's own time is nobody's business.
    ...(time <= planted ? [`at ${time}`] : []),
    ...(type === 'link' ? [`-> ${target}`] : []),
    ...(type === 'file' ? [`${content.length} ${isText ? JSON.stringify(content.toString()) : digest}`] : []),
    ...(device === '' ? [] : [device]),
    ...(others.length === 0 ? [] : [`also ${others.join(' ')}`]),
    ...Object.entries(attributes).map(([name, value]) => `${name}=${Buffer.from(value, 'latin1').toString('hex')}`),
  ].join(' ');
}

function split(path: string): [directory: string, base: string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}

const join = (directory: string, base: string): string => (directory === '' ? base : `${directory}/${base}`);
