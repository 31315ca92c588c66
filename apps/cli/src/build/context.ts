import { existsSync, realpathSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { parseIgnore } from '@arcbox/dockerignore';
import { invalidArgument } from '@arcbox/errors';
import { cannot } from '../file-failure.ts';
import { type ContextUpload, sendArchive, sendFiles } from './send-context.ts';
import { isArchive, peek } from './standard-input.ts';
import { walkContext } from './walk-context.ts';

/** What a build is made from. */
export interface BuildContext {
  /** Path of the Dockerfile in the context; empty when `content` is it, or when it has its usual name. */
  readonly dockerfile: string;
  /** The Dockerfile, when it is not in the context. */
  readonly content: Buffer;
  /** The Dockerfile wherever it is; undefined when it is in an archive that only the engine opens. */
  readonly text: string | undefined;
  /** The list of what is left out; undefined when it is in an archive that only the engine opens. */
  readonly dockerignore: string | undefined;
  /** Sends the files. */
  readonly upload: ContextUpload;
}

/** `path` is a directory, or `-` for standard input; `file` is `--file`. */
export async function openContext(path: string, file: string | undefined): Promise<BuildContext> {
  if (path === '-') return fromStandardInput(file);
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(path)) {
    throw invalidArgument(`the context has to be a directory or -, not ${path}: fetch it first`);
  }
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw invalidArgument(`unable to prepare context: there is no directory ${path}`);
  }
  return fromDirectory(realpathSync(path), file);
}

async function fromDirectory(root: string, file: string | undefined): Promise<BuildContext> {
  if (file === '-') {
    const content = refuseEmpty(await readWhole(process.stdin), 'standard input');
    return { dockerfile: '', content, text: content.toString(), ...(await filesOf(root, '')) };
  }
  const given = file === undefined ? usualDockerfile(root) : resolve(file);
  const read = await readFile(given).catch((error: unknown) => {
    throw cannot('read Dockerfile', given, error);
  });
  const content = refuseEmpty(read, given);
  const dockerfile = pathInside(root, given);
  const files = await filesOf(root, dockerfile, await readIfThere(`${given}.dockerignore`));
  return { dockerfile, content: dockerfile ? Buffer.alloc(0) : content, text: content.toString(), ...files };
}

async function fromStandardInput(file: string | undefined): Promise<BuildContext> {
  if (file === '-') throw invalidArgument('standard input cannot be both the context and the Dockerfile');
  const { head, all } = await peek(process.stdin);
  if (isArchive(head)) return { ...unread, dockerfile: file ?? '', upload: sendArchive(all) };
  if (file !== undefined) throw invalidArgument(`standard input is no tar archive in which ${file} could be`);
  const content = await readWhole(all);
  if (content.length === 0) throw invalidArgument('standard input is empty: it has to be a Dockerfile or a tar archive');
  return { ...unread, content, text: content.toString(), upload: sendFiles([]) };
}

/** What is known of an archive that only the engine opens. */
const unread = { dockerfile: '', content: Buffer.alloc(0), text: undefined, dockerignore: undefined };

/** In a request, no content would mean the Dockerfile in the context. */
function refuseEmpty(content: Buffer, where: string): Buffer {
  if (content.length === 0) throw invalidArgument(`the Dockerfile is empty: ${where}`);
  return content;
}

function usualDockerfile(root: string): string {
  const [usual, small] = [join(root, 'Dockerfile'), join(root, 'dockerfile')];
  return !existsSync(usual) && existsSync(small) ? small : usual;
}

/** Path of a file below a directory, with `/`; empty when it is elsewhere. Where links lead is what counts. */
function pathInside(root: string, file: string): string {
  const path = relative(root, realpathSync(file));
  return path.startsWith(`..${sep}`) || path === '..' ? '' : path.split(sep).join('/');
}

/** `own` is the list of the Dockerfile's own, which goes before that of the directory. */
async function filesOf(root: string, dockerfile: string, own?: string): Promise<Pick<BuildContext, 'dockerignore' | 'upload'>> {
  const dockerignore = own ?? (await readIfThere(join(root, '.dockerignore'))) ?? '';
  const always = new Set(dockerfile ? [dockerfile] : []);
  return { dockerignore, upload: sendFiles(walkContext(root, { ignore: parseIgnore(dockerignore), always })) };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannot('read', path, error);
  }
}

async function readWhole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const most = 1024 * 1024;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > most) throw invalidArgument('standard input is too large for a Dockerfile, and is no tar archive');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
