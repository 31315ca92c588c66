import { isAbsolute, posix } from 'node:path';
import { invalidArgument } from '@arcbox/errors';

/** One side of a copy. */
export type Place =
  | { readonly kind: 'container'; readonly container: string; readonly path: string }
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'stream' };

/** `container:path`, a path of ours, or `-`. What begins with `/` or `.` is a path of ours, whatever colons it has. */
export function parsePlace(text: string): Place {
  if (text === '') throw invalidArgument('a path must not be empty');
  if (text === '-') return { kind: 'stream' };
  const colon = text.indexOf(':');
  if (isAbsolute(text) || text.startsWith('.') || colon < 0) return { kind: 'local', path: text };
  if (colon === 0) throw invalidArgument(`${text}: a container must be named before the colon`);
  const path = text.slice(colon + 1);
  if (path === '') throw invalidArgument(`${text}: a path in the container must follow the colon`);
  return { kind: 'container', container: text.slice(0, colon), path };
}

/** A `/.` at the end of a path: what is in the directory, not the directory. */
export const meansContent = (path: string): boolean => /(?:^|\/)\.$/.test(path);

/** What a path says can only be a directory. */
export const assertsDirectory = (path: string): boolean => path.endsWith('/') || meansContent(path);

/** The directory that a path is in, and its last part; `.` for what is in a directory. */
export function splitEntry(path: string): { directory: string; base: string } {
  const clean = posix.normalize(path).replace(/(?<=.)\/$/, '');
  if (meansContent(path)) return { directory: clean, base: '.' };
  return { directory: posix.dirname(clean), base: posix.basename(clean) };
}
