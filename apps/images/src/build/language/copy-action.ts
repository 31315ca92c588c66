import { invalidArgument } from '@arcbox/errors';
import type { CopyAction } from './action.ts';
import type { BuildState } from './build-state.ts';
import { expandWord } from './expand.ts';
import { contentOf } from './heredoc.ts';
import type { CopyInstruction, Heredoc } from './instruction.ts';
import { resolveOrigin, scratch } from './origin.ts';
import { lookupIn } from './variables.ts';
import { resolvePath } from './working-directory.ts';

export function copyAction(instruction: CopyInstruction, state: BuildState): CopyAction {
  const lookup = lookupIn(state);
  const expand = (word: string): string => expandWord(word, lookup, state.scope);
  const inText = (text: string): string => expandWord(text, lookup, { escape: '\\', keepsQuotes: true });
  const { keyword, link, parents, excludes, keepGitDir, unpack, text: display } = instruction;
  return checked({
    kind: keyword === 'COPY' ? 'copy' : 'add',
    sources: instruction.sources.filter((source) => typeof source === 'string').map(expand),
    inline: instruction.sources
      .filter((source) => typeof source !== 'string')
      .map((heredoc) => inlineFile(heredoc, inText)),
    from: instruction.from === '' ? undefined : resolveOrigin(instruction.from, state.scope),
    destination: destinationOf(expand(instruction.destination), state),
    chown: expand(instruction.chown) || undefined,
    chmod: expand(instruction.chmod) || undefined,
    checksum: expand(instruction.checksum) || undefined,
    link,
    parents,
    excludes,
    keepGitDir,
    unpack,
    display,
  });
}

/** `COPY --chown=1:1 a b /c/`. The stage is left out: it would change with stages that have nothing to do with it. */
export function describeCopy(action: CopyAction): string {
  const { kind, chown, chmod, from, sources, inline, destination } = action;
  return [
    kind.toUpperCase(),
    ...(from !== undefined && 'image' in from ? [`--from=${from.image}`] : []),
    ...(action.parents ? ['--parents'] : []),
    ...(chown === undefined ? [] : [`--chown=${chown}`]),
    ...(chmod === undefined ? [] : [`--chmod=${chmod}`]),
    ...sources,
    ...inline.map(({ name }) => `<<${name}`),
    destination,
  ].join(' ');
}

function inlineFile(heredoc: Heredoc, expand: (text: string) => string): CopyAction['inline'][number] {
  const { name, expands } = heredoc;
  if (name.includes('/') || name === '.' || name === '..') {
    throw invalidArgument(`a heredoc cannot be a file of the name ${JSON.stringify(name)}`);
  }
  const content = contentOf(heredoc);
  return { name, content: Buffer.from(expands ? expand(content) : content) };
}

/** `.` and `..` at the end are directories, too. */
function destinationOf(path: string, state: BuildState): string {
  const isDirectory = path === '' || /(^|\/)\.{0,2}$/.test(path);
  const destination = resolvePath(path, state);
  return isDirectory && !destination.endsWith('/') ? `${destination}/` : destination;
}

const symbolicMode = /^[ugoa]*([-+=]([rwxXst]*|[ugo]))+(,[ugoa]*([-+=]([rwxXst]*|[ugo]))+)*$/;

function checked(action: CopyAction): CopyAction {
  const { kind, chmod, from, sources, inline, destination } = action;
  const keyword = kind.toUpperCase();
  if (sources.includes('')) throw invalidArgument(`${keyword}: a source is blank`);
  if (from !== undefined && 'image' in from && from.image === scratch) throw invalidArgument('scratch has no files');
  if (chmod !== undefined && !/^[0-7]{1,4}$|^0[0-7]{4}$/.test(chmod) && !symbolicMode.test(chmod)) {
    throw invalidArgument(
      `invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777, or symbolic`,
    );
  }
  if (sources.length + inline.length > 1 && !destination.endsWith('/')) {
    throw invalidArgument(
      `when using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  checkChecksum(action);
  return action;
}

function checkChecksum({ checksum, sources, inline }: CopyAction): void {
  if (checksum === undefined) return;
  const [source = ''] = sources;
  if (sources.length + inline.length !== 1) throw invalidArgument("checksum can't be specified for multiple sources");
  if (!/^https?:\/\//.test(source)) throw invalidArgument('checksum requires an HTTP(S) source');
  if (!/^sha256:[0-9a-f]{64}$/.test(checksum)) throw invalidArgument(`invalid checksum: ${checksum}`);
}
