import { open, rm } from 'node:fs/promises';
import { invalidArgument, isKind, messageOf } from '@arcbox/errors';
import { decompress, readTar, type TarMember } from '@arcbox/tar';
import type { Content } from '../../store/content.ts';
import { type ContextLimits, ContextMeter } from './context-limits.ts';
import { ContextTree } from './context-tree.ts';
import type { SourceTree } from './source-tree.ts';
import { Spool } from './spool.ts';

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
  const meter = new ContextMeter(limits);
  try {
    const members = readTar(measured(chunks, meter, signal), { maxHoles: limits.maxBytes });
    const tree = await takeIn(file.fd, new Spool(file), members, meter);
    signal.throwIfAborted();
    const kept = stack.move();
    return { tree, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    if (isKind(error, 'data-loss')) throw invalidArgument(`build context: ${messageOf(error)}`, error);
    throw error;
  }
}

async function* measured(
  chunks: AsyncIterable<Buffer>,
  meter: ContextMeter,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of decompress(chunks)) {
    signal.throwIfAborted();
    meter.addBytes(chunk.length);
    yield chunk;
  }
}

async function takeIn(descriptor: number, spool: Spool, members: AsyncIterable<TarMember>, meter: ContextMeter): Promise<SourceTree> {
  const tree = new ContextTree();
  for await (const { content, stored: _stored, extents: _extents, ...entry } of members) {
    meter.addEntry(entry);
    tree.add(entry, entry.type === '0' ? { descriptor, ...(await spool.store(entry.size, content)) } : undefined);
  }
  await spool.flush();
  return tree;
}
