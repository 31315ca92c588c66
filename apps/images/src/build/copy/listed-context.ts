import { invalidArgument } from '@arcbox/errors';
import type { TarEntry } from '@arcbox/tar';
import { PackDraft } from '../packs/pack-draft.ts';
import type { OpenPack, Packs } from '../packs/packs.ts';
import { textOf } from '@arcbox/tar';
import type { BuildContext } from './context.ts';
import { type ContextLimits, ContextMeter } from './context-limits.ts';
import { ContextTree, type Stored } from './context-tree.ts';
import { CutStream } from './cut-stream.ts';
import { digestOfNothing } from './spool.ts';

/** A file of a context that is listed. */
export interface ListedFile {
  readonly entry: TarEntry;
  /** Of a regular file: sha256 of its content, in hex; else empty. */
  readonly digest: string;
}

/** A context whose files are listed first; their contents come when they are asked for. */
export interface ListedUpload {
  /** The files, some at a time. */
  listing(): AsyncIterable<readonly ListedFile[]>;
  /** The contents that were asked for, in that order. */
  contents(): AsyncIterable<Buffer>;
}

/** Asks for the contents of files, by their places in the listing; the last time `isComplete`. */
export type Want = (files: readonly number[], isComplete: boolean) => Promise<void>;

/** A content that has to be sent. What is known of its place is filled in when it is here. */
interface Wanted {
  readonly file: ListedFile;
  readonly stored: { -readonly [key in keyof Stored]: Stored[key] };
}

/**
 * Takes in a context that is listed. Contents that were sent before are taken
 * from packs; the others become a pack. INVALID_ARGUMENT when files cannot exist
 * together or a content is not what was listed, RESOURCE_EXHAUSTED when it is
 * larger than allowed, or than the disk.
 */
export async function openListedContext(
  packs: Packs,
  upload: ListedUpload,
  want: Want,
  limits: ContextLimits,
  signal: AbortSignal,
): Promise<BuildContext> {
  await using stack = new AsyncDisposableStack();
  const { packs: present } = stack.use(await packs.open());
  const intake = new Intake(present, limits);
  for await (const files of upload.listing()) {
    signal.throwIfAborted();
    const missing = files.flatMap((file) => intake.add(file) ?? []);
    if (missing.length > 0) await want(missing, false);
  }
  await want([], true);
  // A build may be long: it holds open what it reads, and nothing else.
  for (const { id, file } of present) if (!intake.used.has(id)) await file.close();
  const draft = await receive(packs, intake.wanted, upload.contents(), stack, signal);
  if (intake.used.size > 0) packs.noteUse(intake.used);
  if (draft) {
    const keeping = packs.keep(draft).catch((error: unknown) => {
      packs.engine.log.warn({ error }, 'contents of a build context are not kept');
    });
    // The build goes on meanwhile: contents are read from the draft.
    stack.defer(() => keeping);
  }
  const kept = stack.move();
  return { tree: intake.tree, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Makes a tree of a listing, and finds out what is missing. */
class Intake {
  readonly tree = new ContextTree();
  /** By digest, in the order in which they are asked for. */
  readonly wanted = new Map<string, Wanted>();
  /** Packs that have something of this context. */
  readonly used = new Set<string>();
  readonly #packs: readonly OpenPack[];
  readonly #meter: ContextMeter;
  #count = 0;

  constructor(packs: readonly OpenPack[], limits: ContextLimits) {
    this.#packs = packs;
    this.#meter = new ContextMeter(limits);
  }

  /** Its place in the listing, when its content is to be asked for. */
  add(file: ListedFile): number | undefined {
    const place = this.#count++;
    const { entry } = file;
    this.#meter.addEntry(entry);
    this.#meter.addBytes(entry.size);
    const before = this.wanted.size;
    this.tree.add(entry, entry.type === '0' ? this.#stored(file) : undefined);
    return this.wanted.size > before ? place : undefined;
  }

  #stored(file: ListedFile): Stored {
    const { entry, digest } = file;
    const found = entry.size === 0 ? { size: 0, stored: emptyFile } : (this.#find(digest) ?? this.#await(file));
    if (found.size !== entry.size || found.stored.digest !== digest) throw differs(file);
    return found.stored;
  }

  #find(digest: string): { size: number; stored: Stored } | undefined {
    const key = Buffer.from(digest, 'hex');
    for (const { id, index, file } of this.#packs) {
      const place = index.find(key);
      if (!place) continue;
      this.used.add(id);
      return { size: place.size, stored: { descriptor: file.fd, offset: place.offset, digest } };
    }
    return undefined;
  }

  #await(file: ListedFile): { size: number; stored: Stored } {
    let wanted = this.wanted.get(file.digest);
    if (!wanted) this.wanted.set(file.digest, (wanted = { file, stored: { ...emptyFile, digest: file.digest } }));
    return { size: wanted.file.entry.size, stored: wanted.stored };
  }
}

const emptyFile: Stored = { descriptor: -1, offset: 0, digest: digestOfNothing };

/** Takes in contents and compares them with what was said of them; undefined when there are none. */
async function receive(
  { engine }: Packs,
  wanted: ReadonlyMap<string, Wanted>,
  contents: AsyncIterable<Buffer>,
  stack: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<PackDraft | undefined> {
  const stream = new CutStream(contents);
  const draft = wanted.size > 0 ? stack.use(await PackDraft.open(engine.content)) : undefined;
  if (draft) {
    for (const content of wanted.values()) {
      signal.throwIfAborted();
      await receiveOne(draft, content, stream);
    }
    await draft.flush();
  }
  await stream.end();
  return draft;
}

async function receiveOne(draft: PackDraft, { file, stored }: Wanted, stream: CutStream): Promise<void> {
  const { size } = file.entry;
  const { offset, digest } = await draft.add(size, stream.take(size));
  if (digest !== file.digest) throw differs(file);
  stored.offset = offset;
  stored.descriptor = draft.descriptor;
}

function differs({ entry }: ListedFile): Error {
  return invalidArgument(`build context: ${textOf(entry.name)} is not what was listed: has it changed meanwhile?`);
}
