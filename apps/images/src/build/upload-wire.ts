import { invalidArgument } from '@arcbox/errors';
import {
  type BuildContextFile,
  BuildContextFileType as Type,
  type BuildOptions,
  type BuildRequest,
} from '@arcbox/proto/arcbox/engine/v1/build';
import { cleanName, Upload } from '@arcbox/tar';
import { textOf } from '@arcbox/tar';
import type { ContextSource } from './copy/context-source.ts';
import type { ListedFile, ListedUpload } from './copy/listed-context.ts';

/** The options of a build, and its files as they come after them. */
export interface BuildUpload {
  readonly options: BuildOptions | undefined;
  readonly files: ContextSource;
}

/** Waits for the first message that says in which way the context comes. */
export async function beginUpload(requests: AsyncIterable<BuildRequest>): Promise<BuildUpload> {
  const iterator = requests[Symbol.asyncIterator]();
  let message = await next(iterator);
  const options = message?.options;
  while (message && !message.listing && message.data.length === 0 && !message.eof) message = await next(iterator);
  const all = again(message, iterator);
  if (message?.listing) return { options, files: { kind: 'listing', ...listedUpload(all) } };
  return { options, files: { kind: 'archive', chunks: (await Upload.begin(all)).content() } };
}

async function next(iterator: AsyncIterator<BuildRequest>): Promise<BuildRequest | undefined> {
  const { done, value } = await iterator.next();
  return done ? undefined : value;
}

async function* again(
  first: BuildRequest | undefined,
  rest: AsyncIterator<BuildRequest>,
): AsyncGenerator<BuildRequest, void, undefined> {
  try {
    for (let message = first; message; message = await next(rest)) yield message;
  } finally {
    await rest.return?.();
  }
}

function listedUpload(messages: AsyncGenerator<BuildRequest>): ListedUpload {
  return {
    async *listing() {
      for (let isComplete = false; !isComplete;) {
        const { listing, data, eof } = await required(messages);
        if (!listing || data.length > 0 || eof) throw invalidArgument('build context: the listing is not complete');
        yield listing.files.map(toListedFile);
        isComplete = listing.complete;
      }
    },
    async *contents() {
      for (let isWhole = false; !isWhole;) {
        const { listing, data, eof } = await required(messages);
        if (listing) throw invalidArgument('build context: the listing goes on after its end');
        if (data.length > 0) yield data;
        isWhole = eof;
      }
      if (await next(messages)) throw invalidArgument('build context: it goes on after its end');
    },
  };
}

async function required(messages: AsyncIterator<BuildRequest>): Promise<BuildRequest> {
  const message = await next(messages);
  if (!message) throw invalidArgument('build context: it was not sent to its end');
  return message;
}

/** Letters of tar: pax(1), "ustar Interchange Format". */
const letters: { readonly [type in Type]?: string } = {
  [Type.BUILD_CONTEXT_FILE_TYPE_REGULAR]: '0',
  [Type.BUILD_CONTEXT_FILE_TYPE_HARD_LINK]: '1',
  [Type.BUILD_CONTEXT_FILE_TYPE_SYMLINK]: '2',
  [Type.BUILD_CONTEXT_FILE_TYPE_CHARACTER_DEVICE]: '3',
  [Type.BUILD_CONTEXT_FILE_TYPE_BLOCK_DEVICE]: '4',
  [Type.BUILD_CONTEXT_FILE_TYPE_DIRECTORY]: '5',
  [Type.BUILD_CONTEXT_FILE_TYPE_FIFO]: '6',
};

const noAttributes: ListedFile['entry']['xattrs'] = new Map();

function toListedFile({ name: bytes, type: given, mode, mtime, size, sha256, link: target, major, minor }: BuildContextFile): ListedFile {
  const name = nameOf(bytes);
  const refused = (why: string): Error => invalidArgument(`build context: ${textOf(name)}: ${why}`);
  const type = letters[given];
  if (type === undefined) throw refused(`there is no file type ${given}`);
  if (mode > 0o7777) throw refused('its mode is larger than 07777');
  if (size > Number.MAX_SAFE_INTEGER || (size > 0 && type !== '0')) throw refused('it cannot have that size');
  if (sha256.length !== (type === '0' ? 32 : 0)) throw refused('a regular file, and no other, has a sha256 of 32 bytes');
  if (target.includes(0)) throw refused('its link holds a zero byte');
  const link = type === '1' ? nameOf(target) : target.toString('latin1');
  const entry = { name, type, mode, uid: 0, gid: 0, size: Number(size), mtime: Number(mtime), link, major, minor, xattrs: noAttributes };
  return { entry, digest: sha256.toString('hex') };
}

/** Unlike those of archives, names are written in one way only. */
function nameOf(bytes: Buffer): string {
  const name = bytes.toString('latin1');
  if (name === '' || cleanName(name) !== name) throw invalidArgument(`build context: not a clean relative path: ${JSON.stringify(textOf(name))}`);
  return name;
}
