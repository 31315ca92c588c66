import type { PathStat } from '@arcbox/proto/arcbox/engine/v1/container';
import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { writeTar } from '@arcbox/tar';
import { readArchive, toUpload } from '../archive.ts';
import type { Engine } from '../connection.ts';
import { isFailure } from '../failure.ts';
import { openSource } from './local-source.ts';
import { type Kind, kindOf } from './kind.ts';
import type { Place } from './place.ts';
import { planCopy, type Target } from './plan.ts';

export interface CopyOptions {
  /** Copy what a link leads to. */
  readonly followLink: boolean;
  /** Keep the owners of the files. */
  readonly keepOwners: boolean;
}

type InContainer = Extract<Place, { kind: 'container' }>;

/** Copies a file, a directory or an archive on standard input into a container. Returns the bytes of the archive. */
export async function copyToContainer(
  engine: Engine,
  from: Exclude<Place, { kind: 'container' }>,
  to: InContainer,
  options: CopyOptions,
): Promise<number> {
  const target = await lookInside(engine, to);
  const rest = { id: to.container, noOverwriteDirNonDir: true, copyOwnership: options.keepOwners };
  if (from.kind === 'stream') {
    if (!target.isDirectory) throw invalidArgument(`the destination ${to.container}:${to.path} must be a directory`);
    return send(engine, { ...rest, path: target.path }, readArchive('-'));
  }
  using source = openSource(from.path, options);
  const { directory, name } = planCopy(source, target);
  return await send(engine, { ...rest, path: directory }, writeTar(source.items(name)));
}

async function send(engine: Engine, description: object, archive: AsyncIterable<Buffer>): Promise<number> {
  let sent = 0;
  const requests = async function* () {
    yield description;
    for await (const piece of toUpload(copies(archive))) {
      sent += piece.data.length;
      yield piece;
    }
  };
  await engine.furtherContainers.writeArchive(requests(), { deadline: Infinity });
  return sent;
}

/** Chunks that stay as they are. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** What is at a path of a container, the last link followed. */
async function lookInside(engine: Engine, { container, path }: InContainer): Promise<Target> {
  const absolute = path.startsWith('/') ? path : `/${path}`;
  const found = await statOf(engine, container, absolute);
  const place = found?.linkTarget || absolute;
  const stat = found?.linkTarget ? await statOf(engine, container, place) : found;
  const kind: Kind = stat ? kindOf(stat.mode) : 'absent';
  if (kind === 'other') throw failedPrecondition('the destination must be a directory or a regular file');
  return { path: place, exists: kind !== 'absent', isDirectory: kind === 'directory' };
}

async function statOf(engine: Engine, id: string, path: string): Promise<PathStat | undefined> {
  try {
    return (await engine.furtherContainers.statPath({ id, path })).stat;
  } catch (error) {
    // There may be no such container, too: the copy itself says so.
    if (isFailure(error, 'not-found', 'failed-precondition')) return undefined;
    throw error;
  }
}
