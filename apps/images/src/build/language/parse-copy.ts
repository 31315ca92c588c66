import { invalidArgument } from '@arcbox/errors';
import { type Clause, parseList, writtenOf } from './clause.ts';
import { Flags } from './flags.ts';
import { parseOpening } from './heredoc.ts';
import type { CopyInstruction } from './instruction.ts';

const shared = { chown: 'text', chmod: 'text', link: 'truth', exclude: 'texts' } as const;

const known = {
  COPY: { ...shared, from: 'text', parents: 'truth' },
  ADD: { ...shared, 'keep-git-dir': 'truth', checksum: 'text', unpack: 'truth' },
} as const;

/** `COPY [flags] source… destination` */
export function parseCopy(clause: Clause, keyword: 'COPY' | 'ADD'): CopyInstruction {
  const flags = new Flags(clause.flags, known[keyword]);
  const words = parseList(clause.rest);
  const destination = words.pop();
  if (destination === undefined || words.length === 0) {
    throw invalidArgument(`${keyword} requires at least two arguments: destination could not be determined`);
  }
  if (clause.heredocs.length > 0 && parseOpening(destination) !== undefined) {
    throw invalidArgument(`${keyword} cannot accept a heredoc as a destination`);
  }
  return {
    ...writtenOf(clause),
    keyword,
    sources: words.map((word) => heredocOf(word, clause) ?? word),
    destination,
    from: literalFrom(flags.text('from')),
    chown: flags.text('chown'),
    chmod: flags.text('chmod'),
    checksum: flags.text('checksum'),
    link: flags.truth('link') ?? false,
    parents: flags.truth('parents') ?? false,
    keepGitDir: flags.truth('keep-git-dir'),
    unpack: flags.truth('unpack'),
    excludes: flags.texts('exclude'),
  };
}

function heredocOf(word: string, { heredocs }: Clause): CopyInstruction['sources'][number] | undefined {
  const opening = parseOpening(word);
  return opening && heredocs.find(({ name }) => name === opening.name);
}

/** The graph of the stages is known before any value is. */
function literalFrom(from: string): string {
  if (!/[$]./.test(from)) return from;
  throw invalidArgument(
    'variable expansion is not supported for --from: define a stage with FROM and a global ARG, and name that stage',
  );
}
