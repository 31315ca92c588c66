import type { Config } from '../container.ts';
import { defaultPath } from './defaults.ts';
import { unkeptEnvironment } from './unkept-environment.ts';

/** Environment of the image with the request's on top; the order of first appearance is kept. */
export function mergeEnvironment(image: readonly string[], request: { readonly [name: string]: string }): string[] {
  const merged = new Map(image.map((entry) => [nameOf(entry), entry]));
  for (const [name, value] of Object.entries(request)) merged.set(name, `${name}=${value}`);
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
