import type { Config } from '../record/config.ts';
import { defaultPath } from './defaults.ts';
import { unkeptEnvironment } from './unkept-environment.ts';

/** Environment of the image with the request's on top; the order of first appearance is kept. */
export function mergeEnvironment(image: readonly string[], request: { readonly [name: string]: string }): string[] {
  return mergeEntries(image, Object.entries(request).map(([name, value]) => `${name}=${value}`));
}

/** The same of entries `NAME=value`; a later one replaces an earlier one in its place. */
export function mergeEntries(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of lists.flat()) merged.set(nameOf(entry), entry);
  return [...merged.values()];
}

/** What the process really gets: PATH, HOSTNAME, TERM and HOME where nobody set them. */
export function processEnvironment(config: Config, home: string): string[] {
  const given = new Set(config.env.map(nameOf));
  const defaults = [
    defaultPath,
    `HOSTNAME=${config.hostname}`,
    ...(config.tty ? ['TERM=xterm'] : []),
    `HOME=${home}`,
  ].filter((entry) => !given.has(nameOf(entry)));
  return [...defaults, ...config.env, ...unkeptEnvironment(config.internal)];
}

function nameOf(entry: string): string {
  return entry.split('=', 1)[0] ?? '';
}
