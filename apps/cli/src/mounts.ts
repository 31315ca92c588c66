import { resolve } from 'node:path';
import type { Mount } from '@arcbox/proto/arcbox/v1/common';
import { InvalidArgumentError } from 'commander';

/** Reads `-v`: `source:target[:ro]`, or `target` alone for an anonymous volume. `./source` is a host path too. */
export function parseVolume(text: string): Mount {
  const parts = text.split(':');
  const [first = '', second, mode] = parts;
  const target = second ?? first;
  if (!target.startsWith('/') || parts.length > 3) {
    throw new InvalidArgumentError('Write source:/path/in/container, with :ro to make it read-only.');
  }
  if (second === undefined) return { source: '', target, type: 'volume', readonly: false };
  if (!first) throw new InvalidArgumentError('The source is missing.');
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw') throw new InvalidArgumentError('The mode is ro or rw.');
  const bind = /^[./]/.test(first);
  return { source: bind ? resolve(first) : first, target, type: bind ? 'bind' : 'volume', readonly: mode === 'ro' };
}

/** Reads `--mount`: `type=bind,source=/a,target=/b,readonly`. */
export function parseMount(text: string): Mount {
  const mount: Mount = { source: '', target: '', type: 'volume', readonly: false };
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const key = at < 0 ? part : part.slice(0, at);
    const value = at < 0 ? 'true' : part.slice(at + 1);
    if (key === 'type') mount.type = value;
    else if (['source', 'src'].includes(key)) mount.source = value;
    else if (['target', 'destination', 'dst'].includes(key)) mount.target = value;
    else if (['readonly', 'ro'].includes(key)) mount.readonly = value !== 'false' && value !== '0';
    else throw new InvalidArgumentError(`There is no ${key} of a mount; there are type, source, target and readonly.`);
  }
  if (!['bind', 'volume', 'tmpfs'].includes(mount.type))
    throw new InvalidArgumentError('The type is bind, volume or tmpfs.');
  if (!mount.target) throw new InvalidArgumentError('The target is missing.');
  if (mount.type === 'bind') mount.source = resolve(mount.source);
  return mount;
}

const collector =
  (parse: (text: string) => Mount) =>
  (text: string, previous: readonly Mount[] = []): readonly Mount[] => [...previous, parse(text)];

export const collectVolume = collector(parseVolume);
export const collectMount = collector(parseMount);
export const collectTmpfs = collector((target) => ({ source: '', target, type: 'tmpfs', readonly: false }));
