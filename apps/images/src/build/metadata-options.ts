import { invalidArgument } from '@arcbox/errors';
import { parsePlatform } from '../image/platform.ts';
import { parseReference } from '@arcbox/reference';
import type { BuildOptions } from './options.ts';

const prefix = 'x-build-';

/** Where the next value begins in what was several metadata entries of one name, joined on their way with a comma and a space. */
const nextPair = /, (?=[A-Za-z0-9_][A-Za-z0-9_.\/-]*=)/;

/**
 * The options of a build that came as call metadata: `x-build-tag`,
 * `x-build-dockerfile`, `x-build-target`, `x-build-arg`, `x-build-label`,
 * `x-build-platform`, `x-build-no-cache`, `x-build-pull`. A repeated entry may
 * arrive joined with `, `: a value may hold that too, unless what follows looks
 * like the next `KEY=`. INVALID_ARGUMENT for others that begin so.
 */
export function readMetadata(entries: Iterable<readonly [string, readonly (string | Uint8Array)[]]>): BuildOptions {
  const texts = new Map<string, string[]>();
  for (const [key, values] of entries) {
    if (key.startsWith(prefix)) texts.set(key.slice(prefix.length), values.map(String));
  }
  const known = ['tag', 'dockerfile', 'target', 'arg', 'label', 'platform', 'no-cache', 'pull'];
  const unknown = [...texts.keys()].find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalidArgument(`unknown build option: ${prefix}${unknown}`);
  const one = (key: string): string => texts.get(key)?.at(-1) ?? '';
  const platform = one('platform');
  return {
    tags: (texts.get('tag') ?? []).flatMap((text) => text.split(/,\s*/)).filter(Boolean).map(parseReference),
    dockerfile: one('dockerfile'),
    target: one('target'),
    args: new Map(pairs(texts.get('arg') ?? [], 'arg')),
    labels: Object.fromEntries(pairs(texts.get('label') ?? [], 'label')),
    ...(platform === '' ? {} : { platform: parsePlatform(platform) }),
    noCache: flag(one('no-cache'), 'no-cache'),
    pull: flag(one('pull'), 'pull'),
    secrets: new Map(),
    network: '',
    auths: {},
    extraHosts: {},
  };
}

function pairs(values: readonly string[], key: string): [string, string][] {
  return values.flatMap((value) => value.split(nextPair)).map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw invalidArgument(`${prefix}${key} must be KEY=VALUE: ${JSON.stringify(pair)}`);
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
}

function flag(text: string, key: string): boolean {
  if (['', 'false', '0'].includes(text)) return false;
  if (['true', '1'].includes(text)) return true;
  throw invalidArgument(`${prefix}${key} must be true or false: ${JSON.stringify(text)}`);
}
