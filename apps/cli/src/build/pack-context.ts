import { readFileSync, readlinkSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { failedPrecondition } from '@arcbox/errors';
import { type Headers, pack, type Pack } from 'tar-stream';
import { cannot } from '../file-failure.ts';
import type { ContextEntry } from './walk-context.ts';

/** Files up to this many bytes are read whole. */
const smallFile = 64 * 1024;
const readSize = 512 * 1024;

/** A tar archive of these entries, made while it is read: as they are, but owned by root. */
export function packContext(entries: Iterable<ContextEntry>): AsyncIterable<Buffer> {
  const archive = pack({ highWaterMark: 2 * readSize });
  fill(archive, entries).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error as Error),
  );
  return archive as AsyncIterable<Buffer>;
}

async function fill(archive: Pack, entries: Iterable<ContextEntry>): Promise<void> {
  for (const entry of entries) {
    const { stats, file } = entry;
    if (stats.isFile() && stats.size > smallFile) await addLarge(archive, headerOf(entry), entry);
    else if (stats.isFile()) await add(archive, headerOf(entry), read(file, (path) => readFileSync(path)));
    else await add(archive, headerOf(entry), nothing);
  }
}

const nothing = Buffer.alloc(0);

function read<Content>(file: string, how: (file: string) => Content): Content {
  try {
    return how(file);
  } catch (error) {
    throw cannot('read', file, error);
  }
}

function headerOf({ path, file, stats }: ContextEntry): Headers {
  return {
    name: stats.isDirectory() ? `${path}/` : path,
    type: typeOf(stats),
    mode: stats.mode & 0o7777,
    uid: 0,
    gid: 0,
    mtime: stats.mtime,
    ...(stats.isSymbolicLink() ? { linkname: read(file, (link) => readlinkSync(link)) } : {}),
    ...(stats.isBlockDevice() || stats.isCharacterDevice() ? deviceOf(stats) : {}),
  };
}

function typeOf(stats: Stats): Headers['type'] {
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character-device';
  return stats.isBlockDevice() ? 'block-device' : 'file';
}

/** Linux: makedev(3). */
function deviceOf({ rdev }: Stats): { devmajor: number; devminor: number } {
  return { devmajor: (rdev >>> 8) & 0xfff, devminor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

/** Resolves when the reader of the archive has room for more. */
function add(archive: Pack, header: Headers, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header, content, (error) => (error ? reject(error) : resolve()));
  });
}

/** A file that grows is cut at its first size; one that shrinks fails the build. */
async function addLarge(archive: Pack, header: Headers, { file }: ContextEntry): Promise<void> {
  const shrunk = (): Error => failedPrecondition(`cannot read ${file}: it became shorter meanwhile`);
  await using handle = await open(file).catch((error: unknown) => {
    throw cannot('read', file, error);
  });
  const { size } = await handle.stat();
  await new Promise<void>((resolve, reject) => {
    const sink = archive.entry({ ...header, size }, (error) => (error ? reject(error) : resolve()));
    const copy = async (): Promise<void> => {
      for (let at = 0; at < size; ) {
        const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(Math.min(readSize, size - at)), { position: at });
        if (bytesRead === 0) throw shrunk();
        at += bytesRead;
        if (!sink.write(buffer.subarray(0, bytesRead))) await drained(sink);
      }
      sink.end();
    };
    copy().catch((error: unknown) => sink.destroy(error as Error));
  });
}

function drained(sink: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      sink.off('drain', finish);
      sink.off('close', finish);
      resolve();
    };
    sink.once('drain', finish);
    sink.once('close', finish);
  });
}
