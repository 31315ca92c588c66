import { invalidArgument } from '@arcbox/errors';

/** A name longer than PATH_MAX cannot be made anyhow. */
const maxName = 4096;

/**
 * The name of an archive's entry, relative to the layer's root, without `.`,
 * `..` or doubled slashes; empty for the root itself. A name that leaves the
 * root is refused; an absolute one is taken as relative to the root, as Docker does.
 */
export function cleanName(name: string): string {
  if (name.length > maxName || name.includes('\0')) throw hostile(name);
  if (isClean(name)) return name;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw hostile(name);
  }
  return parts.join('/');
}

/** Splits `a/b/c` into `a/b` and `c`. */
export function splitName(name: string): { directory: string; base: string } {
  const slash = name.lastIndexOf('/');
  return slash < 0 ? { directory: '', base: name } : { directory: name.slice(0, slash), base: name.slice(slash + 1) };
}

const isClean = (name: string): boolean => !/(?:^|\/)(?:\.{0,2})(?:\/|$)/.test(name);

function hostile(name: string): Error {
  const shown = Buffer.from(name.slice(0, 200), 'latin1').toString('utf8');
  return invalidArgument(`the archive entry ${JSON.stringify(shown)} leaves the layer`);
}
