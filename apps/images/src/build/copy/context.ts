import { createHash, type Hash, hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { invalidArgument, isKind, messageOf, resourceExhausted } from '@arcbox/errors';
import { decompress, readTar, type TarMember } from '@arcbox/tar';
import type { Content } from '../../store/content.ts';
import { ArchiveTree, type Stored } from './archive-tree.ts';
import type { SourceTree } from './source-tree.ts';
import { Spool } from './spool.ts';

/** What a build context may hold at most. */
export interface ContextLimits {
  /** Bytes of the archive without its compression. */
  readonly maxBytes: number;
  readonly maxEntries: number;
  /** Bytes of names, links and attributes: they stay in memory. */
  readonly maxDescriptions: number;
}

export const defaultContextLimits: ContextLimits = { maxBytes: 32 * 2 ** 30, maxEntries: 2_000_000, maxDescriptions: 512 * 2 ** 20 };

/** The files of a build, for as long as it runs. */
export interface BuildContext extends AsyncDisposable {
  readonly tree: SourceTree;
}

/**
 * Takes in a tar archive (plain or compressed) of files to build from. Nothing
 * is unpacked: contents gather in one file, and are hashed on the way; most
 * builds copy little that they have not copied before. Names and links of the
 * archive stay inside; whiteouts are ordinary files here. INVALID_ARGUMENT when
 * it is broken or means to leave its directory, RESOURCE_EXHAUSTED when it is
 * larger than allowed.
 */
export async function openContext(
  { content }: { content: Pick<Content, 'temporary'> },
  chunks: AsyncIterable<Buffer>,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<BuildContext> {
  const path = content.temporary();
  await using stack = new AsyncDisposableStack();
  const file = stack.use(await open(path, 'wx+', 0o600));
  // Whatever ends us, it is gone.
  await rm(path);
  try {
    const tree = await takeIn(file, limited(chunks, limits, signal), limits);
    signal.throwIfAborted();
    const kept = stack.move();
    return { tree, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    if (isKind(error, 'data-loss')) throw invalidArgument(`build context: ${messageOf(error)}`, error);
    throw error;
  }
}

async function* limited(
  chunks: AsyncIterable<Buffer>,
  { maxBytes }: ContextLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of decompress(chunks)) {
    signal.throwIfAborted();
    bytes += chunk.length;
    if (bytes > maxBytes) throw resourceExhausted(`the build context is larger than ${maxBytes} bytes`);
    yield chunk;
  }
}

async function takeIn(
  file: FileHandle,
  plain: AsyncIterable<Buffer>,
  { maxEntries, maxDescriptions }: ContextLimits,
): Promise<SourceTree> {
  const tree = new ArchiveTree(file.fd);
  const spool = new Spool(file);
  let [entries, descriptions] = [0, 0];
  for await (const member of readTar(plain)) {
    if (++entries > maxEntries) throw resourceExhausted(`the build context holds more than ${maxEntries} files`);
    descriptions += bytesToDescribe(member);
    if (descriptions > maxDescriptions) throw resourceExhausted('the names and attributes in the build context are too many and too long');
    const { content, ...entry } = member;
    tree.add(entry, entry.type === '0' ? await store(spool, member) : undefined);
  }
  await spool.flush();
  return tree;
}

function bytesToDescribe({ name, link, xattrs }: TarMember): number {
  return [...xattrs].reduce((sum, [key, value]) => sum + key.length + value.length, name.length + link.length);
}

/** Most files come in one piece; to hash that costs half of what a hash of pieces does. */
async function store(spool: Spool, { size, content }: TarMember): Promise<Stored> {
  const offset = spool.end;
  let digest: string | undefined;
  let hashing: Hash | undefined;
  for await (const piece of content) {
    if (piece.length === size) digest = hash('sha256', piece, 'hex');
    else (hashing ??= createHash('sha256')).update(piece);
    await spool.add(piece);
  }
  return { offset, digest: digest ?? hashing?.digest('hex') ?? hash('sha256', '', 'hex') };
}
