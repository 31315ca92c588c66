/** Permission bits of one of user, group and others, in the place of others. */
const bits: { readonly [letter: string]: number } = { r: 0o4, w: 0o2, x: 0o1 };

/** Whose: how far their bits are from those of others, and the special bit that is theirs. */
const classes: { readonly [letter: string]: { readonly shift: number; readonly special: number } } = {
  u: { shift: 6, special: 0o4000 },
  g: { shift: 3, special: 0o2000 },
  o: { shift: 0, special: 0 },
};

const sticky = 0o1000;

/** What `--chmod` makes of a mode. Octal digits replace it; symbols change it as chmod(1) does with umask 0. */
export interface ModeChange {
  /** Octal digits: also the mode of directories made for the destination. */
  readonly fixed?: number;
  apply(mode: number, isDirectory: boolean): number;
}

/** Reads a `--chmod` that was checked. */
export function parseMode(text: string): ModeChange {
  if (/^[0-7]+$/.test(text)) {
    const fixed = Number.parseInt(text, 8);
    return { fixed, apply: () => fixed };
  }
  const changes = text.split(',').flatMap(parseClause);
  return {
    apply: (mode, isDirectory) => changes.reduce((current, change) => change(current, isDirectory), mode & 0o7777),
  };
}

type Change = (mode: number, isDirectory: boolean) => number;

/** `ug+rw-x` */
function parseClause(clause: string): Change[] {
  const [, who = ''] = /^([ugoa]*)/.exec(clause) ?? [];
  const letters = who === '' || who.includes('a') ? 'ugo' : who;
  const withSticky = who === '' || who.includes('a');
  const operations = [...clause.slice(who.length).matchAll(/([-+=])([rwxXst]*|[ugo])(?=[-+=]|$)/g)];
  return operations.map(([, operator = '', what = '']) => (mode, isDirectory) => {
    const value = valueOf(what, letters, withSticky, mode, isDirectory);
    if (operator === '+') return mode | value;
    if (operator === '-') return mode & ~value;
    return (mode & ~maskOf(letters, withSticky)) | value;
  });
}

function valueOf(what: string, letters: string, withSticky: boolean, mode: number, isDirectory: boolean): number {
  const copied = classes[what];
  const isExecutable = isDirectory || (mode & 0o111) !== 0;
  const plain = copied
    ? (mode >> copied.shift) & 0o7
    : [...what].reduce((sum, letter) => sum | (letter === 'X' && isExecutable ? 0o1 : (bits[letter] ?? 0)), 0);
  let value = what.includes('t') && withSticky ? sticky : 0;
  for (const letter of letters) {
    const { shift, special } = classes[letter] ?? { shift: 0, special: 0 };
    value |= (plain << shift) | (what.includes('s') ? special : 0);
  }
  return value;
}

function maskOf(letters: string, withSticky: boolean): number {
  let mask = withSticky ? sticky : 0;
  for (const letter of letters) mask |= (0o7 << (classes[letter]?.shift ?? 0)) | (classes[letter]?.special ?? 0);
  return mask;
}
