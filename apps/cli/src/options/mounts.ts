import { resolve } from 'node:path';
import type { MountOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Mount } from '@arcbox/proto/arcbox/v1/common';
import { InvalidArgumentError } from 'commander';
import { splitPairs } from '../csv-fields.ts';
import { collectPair } from '../option-values.ts';
import { parseMemory } from '../size.ts';

const propagations: readonly string[] = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** Hints that only matter where there is something between engine and files; docker takes them everywhere. */
const hints: readonly string[] = ['z', 'Z', 'consistent', 'cached', 'delegated'];

/** Reads `-v`: `source:target[:ro]`, or `target` alone for an anonymous volume. `./source` is a host path too. */
export function parseVolume(text: string): MountOptions {
  const parts = text.split(':');
  const [first = '', second, modes] = parts;
  const target = second ?? first;
  if (!target.startsWith('/') || parts.length > 3) {
    throw new InvalidArgumentError('Write source:/path/in/container, with :ro to make it read-only.');
  }
  if (second === undefined) return mountOf({ source: '', target, type: 'volume', readonly: false });
  if (!first) throw new InvalidArgumentError('The source is missing.');
  const bind = /^[./]/.test(first);
  const source = bind ? resolve(first) : first;
  const options = mountOf({ source, target, type: bind ? 'bind' : 'volume', readonly: false });
  options.createSource = bind;
  for (const mode of modes?.split(',') ?? []) applyMode(options, mode);
  return options;
}

function applyMode(options: MountOptions, mode: string): void {
  const bind = options.mount?.type === 'bind';
  if (mode === 'ro' && options.mount) options.mount.readonly = true;
  else if (mode === 'nocopy' && !bind) options.noCopy = true;
  else if (propagations.includes(mode) && bind) options.propagation = mode;
  else if (mode !== 'rw' && !hints.includes(mode)) {
    throw new InvalidArgumentError(
      bind ? `The mode is ro, rw or ${propagations.join(', ')}.` : 'The mode is ro, rw or nocopy.',
    );
  }
}

/** Reads `--mount`: `type=bind,source=/a,target=/b,readonly`. */
export function parseMount(text: string): MountOptions {
  const pairs = splitPairs(text);
  if (!pairs) throw new InvalidArgumentError('Write key=value, with commas between.');
  const mount: Mount = { source: '', target: '', type: 'volume', readonly: false };
  const options = mountOf(mount);
  for (const [key, value] of pairs) applyField(options, mount, key, value);
  if (!['bind', 'volume', 'tmpfs'].includes(mount.type)) {
    throw new InvalidArgumentError('The type is bind, volume or tmpfs.');
  }
  for (const [key] of pairs) {
    const [, kind] = /^(bind|volume|tmpfs)-/.exec(key) ?? [];
    if (kind && kind !== mount.type) throw new InvalidArgumentError(`There is no ${key} of a ${mount.type}.`);
  }
  if (!mount.target) throw new InvalidArgumentError('The target is missing.');
  if (mount.type === 'bind' && !mount.source) throw new InvalidArgumentError('The source is missing.');
  if (mount.type === 'bind' && mount.source.startsWith('.')) mount.source = resolve(mount.source);
  return options;
}

function applyField(options: MountOptions, mount: Mount, key: string, value: string | undefined): void {
  if (key === 'readonly' || key === 'ro') mount.readonly = yes(value ?? 'true');
  else if (key === 'volume-nocopy') options.noCopy = yes(value ?? 'true');
  else if (key === 'bind-nonrecursive') options.nonRecursive = yes(value ?? 'true');
  else if (value === undefined) throw new InvalidArgumentError(`What is ${key}? Write key=value, with commas between.`);
  else if (key === 'type') mount.type = value.toLowerCase();
  else if (key === 'source' || key === 'src') mount.source = value;
  else if (key === 'target' || key === 'destination' || key === 'dst') mount.target = value;
  else if (key === 'bind-propagation') options.propagation = oneOf(propagations, value);
  else if (key === 'volume-subpath') options.subpath = value;
  else if (key === 'bind-recursive') options.nonRecursive = oneOf(['enabled', 'disabled'], value) === 'disabled';
  else if (key === 'volume-label') options.volumeLabels = collectPair(value, options.volumeLabels);
  else if (key === 'volume-opt') options.volumeOptions = collectPair(value, options.volumeOptions);
  else if (key === 'volume-driver') oneOf(['local'], value);
  else if (key === 'tmpfs-size') options.tmpfsBytes = bytes(value);
  else if (key === 'tmpfs-mode') options.tmpfsMode = octal(value);
  else if (key !== 'consistency') {
    throw new InvalidArgumentError(
      `There is no ${key} of a mount; there are type, source, target, readonly, bind-propagation, bind-recursive, ` +
        'volume-nocopy, volume-subpath, volume-label, volume-opt, volume-driver, tmpfs-size and tmpfs-mode.',
    );
  }
}

function oneOf(values: readonly string[], value: string): string {
  if (!values.includes(value)) throw new InvalidArgumentError(`It is one of ${values.join(', ')}.`);
  return value;
}

function yes(value: string): boolean {
  if (/^(true|1|t)$/i.test(value)) return true;
  if (/^(false|0|f)$/i.test(value)) return false;
  throw new InvalidArgumentError('It has to be true or false.');
}

function bytes(value: string): bigint {
  const size = parseMemory(value);
  if (size === undefined) throw new InvalidArgumentError('Write a number of bytes, or with a unit: 64m.');
  return size;
}

function octal(value: string): number {
  if (!/^[0-7]{1,4}$/.test(value)) throw new InvalidArgumentError('The mode is an octal number, 1777.');
  return Number.parseInt(value, 8);
}

const mountOf = (mount: Mount): MountOptions => ({
  mount,
  propagation: '',
  noCopy: false,
  subpath: '',
  tmpfsBytes: 0n,
  tmpfsMode: 0,
  createSource: false,
  volumeLabels: {},
  volumeOptions: {},
  nonRecursive: false,
});

const collector =
  (parse: (text: string) => MountOptions) =>
  (text: string, previous: readonly MountOptions[] = []): readonly MountOptions[] => [...previous, parse(text)];

export const collectVolume = collector(parseVolume);
export const collectMount = collector(parseMount);
