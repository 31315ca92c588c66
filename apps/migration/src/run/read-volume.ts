import { failedPrecondition, isKind } from '@arcbox/errors';
import type { PlannedVolume } from '../plan/plan.ts';
import type { FileStat } from '../source/docker.ts';
import type { HostTree } from '../source/host-client.ts';
import { helperName } from './names.ts';
import type { RunContext } from './context.ts';

/** What a volume of the source holds, on its way. */
export interface VolumeReading extends AsyncDisposable {
  /** A plain tar archive. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * Reads a volume of the source: straight from its directory when that is on this
 * host, else through the source, by a container that has it or one that is made for
 * that and never started.
 */
export async function readVolume(context: RunContext, volume: PlannedVolume): Promise<VolumeReading> {
  await using stack = new AsyncDisposableStack();
  const { source, signal } = context;
  const { id, path } = volume.seenBy ?? { ...stack.use(await openHelper(context, volume)), path: '/volume' };
  const tree = await treeOnHost(context, volume, await source.stat(id, path, signal));
  if (!tree) warnOfLosses(context, volume);
  const content = tree?.content ?? source.archive(id, path, signal);
  stack.defer(async () => void (await content.return()));
  const kept = stack.move();
  return { content, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function openHelper(context: RunContext, { order }: PlannedVolume): ReturnType<RunContext['source']['helper']> {
  const { plan, source, signal } = context;
  const [image] = plan.images;
  if (!image) throw failedPrecondition(`volume ${order.name} cannot be read: the source has no image to make a container of that shows it`);
  return source.helper(helperName(context, order.name), { volume: order.name, image: image.id }, signal);
}

/**
 * The directory of a volume, if what is there on this host is what the source sees: it
 * may run in a machine of its own. Only root's engine is asked where that is: it is read as root.
 */
async function treeOnHost({ host, source, signal }: RunContext, { mountpoint }: PlannedVolume, seen: FileStat): Promise<HostTree | undefined> {
  if (mountpoint === '' || !source.listener.isHosts) return undefined;
  try {
    const tree = await host.readTree(mountpoint, signal);
    if (isSame(tree, seen)) return tree;
    await tree.content.return();
  } catch (error) {
    if (!isKind(error, 'not-found', 'invalid-argument', 'permission-denied', 'failed-precondition')) throw error;
  }
  return undefined;
}

/** Time to the nanosecond, and mode: what a directory of the same name on another machine does not have by chance. */
function isSame({ mode, modified }: HostTree, seen: FileStat): boolean {
  return (mode & 0o777) === seen.mode && nanosecondsOf(seen.modified) === modified;
}

function nanosecondsOf(time: string): bigint | undefined {
  const fraction = /\.(\d{1,9})/.exec(time)?.[1] ?? '';
  const milliseconds = Date.parse(time.replace(/\.\d+/, ''));
  return Number.isNaN(milliseconds) ? undefined : BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

function warnOfLosses({ journal }: RunContext, { order }: PlannedVolume): void {
  journal.warn(`volume ${order.name} was read through the source: extended attributes other than capabilities, and times finer than seconds, are not in what it gives`);
}
