import { invalidArgument } from '@arcbox/errors';

/** Options of mount(8) without a value. */
const flags = new Set([
  ...['defaults', 'ro', 'rw', 'suid', 'nosuid', 'dev', 'nodev', 'exec', 'noexec', 'sync', 'async', 'dirsync', 'mand', 'nomand'],
  ...['atime', 'noatime', 'diratime', 'nodiratime', 'relatime', 'norelatime', 'strictatime', 'nostrictatime'],
]);

/** Options of tmpfs(5) with a value. */
const settings: { readonly [name: string]: RegExp } = {
  size: /^\d+[kmg%]?$/i,
  nr_blocks: /^\d+[kmg]?$/i,
  nr_inodes: /^\d+[kmg]?$/i,
  mode: /^[0-7]{1,4}$/,
  uid: /^\d+$/,
  gid: /^\d+$/,
  mpol: /^[a-z0-9:,=-]+$/,
};

/** What Docker gives a tmpfs; an option that says the opposite replaces it. */
const defaults = ['noexec', 'nosuid', 'nodev'];

/** INVALID_ARGUMENT names an option that a tmpfs does not have. */
export function checkTmpfsOptions(text: string): void {
  const bad = split(text).find((option) => !isKnown(option));
  if (bad !== undefined) throw invalidArgument(`invalid tmpfs option "${bad}"`);
}

function isKnown(option: string): boolean {
  const [name = '', value] = option.split(/=(.*)/s, 2);
  return value === undefined ? flags.has(name) : (settings[name]?.test(value) ?? false);
}

/** Options for the mount: the defaults, and on top what was asked for; the last word on a matter counts. */
export function tmpfsOptions(text: string): string[] {
  const said = new Map([...defaults, ...split(text)].filter((option) => option !== 'defaults').map((option) => [matterOf(option), option]));
  return [...said.values()];
}

function split(text: string): string[] {
  return text.split(',').filter(Boolean);
}

/** `exec` and `noexec` are one matter, so are `size=1m` and `size=2m`. */
function matterOf(option: string): string {
  const name = option.split('=', 1)[0] ?? '';
  if (name === 'ro' || name === 'rw') return 'access';
  return name.replace(/^no(?=exec|suid|dev|atime|diratime|relatime|strictatime|mand)/, '');
}
