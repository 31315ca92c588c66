import { invalidArgument } from '@arcbox/errors';
import { parseByteSize } from './byte-size.ts';
import { expandWord, type Lookup } from './expand.ts';
import type { Escape } from './instruction.ts';

export type MountType = 'bind' | 'cache' | 'tmpfs' | 'secret';

/** A `--mount` after expansion: what is absent was not said. */
export interface MountSpec {
  type: MountType;
  from?: string;
  source?: string;
  target?: string;
  readOnly?: boolean;
  required?: boolean;
  /** Bytes. */
  size?: number;
  id?: string;
  sharing?: 'shared' | 'private' | 'locked';
  mode?: number;
  uid?: number;
  gid?: number;
  env?: string;
}

type Reader = (spec: MountSpec, value: string, key: string) => void;

const readers: { readonly [key: string]: Reader } = {
  type: (spec, value) => (spec.type = parseType(value.toLowerCase())),
  from: (spec, value) => (spec.from = value),
  source: (spec, value) => (spec.source = value),
  target: (spec, value) => (spec.target = value),
  readonly: (spec, value, key) => (spec.readOnly = parseTruth(value, key)),
  readwrite: (spec, value, key) => (spec.readOnly = !parseTruth(value, key)),
  required: (spec, value, key) => {
    onlyFor(spec, key, 'secret');
    spec.required = parseTruth(value, key);
  },
  size: (spec, value, key) => {
    onlyFor(spec, key, 'tmpfs');
    spec.size = parseByteSize(value);
  },
  id: (spec, value) => (spec.id = value),
  sharing: (spec, value) => (spec.sharing = parseSharing(value.toLowerCase())),
  mode: (spec, value, key) => (spec.mode = parseNumber(value, key, 8)),
  uid: (spec, value, key) => (spec.uid = parseNumber(value, key, 10)),
  gid: (spec, value, key) => (spec.gid = parseNumber(value, key, 10)),
  env: (spec, value) => (spec.env = value),
};

const aliases: { readonly [key: string]: string } = {
  src: 'source',
  dst: 'target',
  destination: 'target',
  ro: 'readonly',
  rw: 'readwrite',
};

const truths = new Set(['readonly', 'readwrite', 'required']);

/** Reads the fields in order; `type` counts from where it stands. */
export function readMountSpec(fields: readonly string[], lookup: Lookup, escape: Escape): MountSpec {
  const spec: MountSpec = { type: 'bind' };
  for (const field of fields) {
    const at = field.indexOf('=');
    const word = (at < 0 ? field : field.slice(0, at)).toLowerCase();
    const key = Object.hasOwn(aliases, word) ? (aliases[word] ?? word) : word;
    const reader = Object.hasOwn(readers, key) ? readers[key] : undefined;
    if (at < 0 && !truths.has(key)) throw invalidArgument(`invalid field '${field}' must be a key=value pair`);
    if (reader === undefined) throw invalidArgument(`unexpected key '${word}' in '${field}'`);
    reader(spec, at < 0 ? 'true' : expandWord(field.slice(at + 1), lookup, { escape }), key);
  }
  return checked(spec);
}

function checked(spec: MountSpec): MountSpec {
  const { type } = spec;
  for (const key of ['mode', 'uid', 'gid'] as const) {
    if (spec[key] !== undefined && type !== 'secret' && type !== 'cache') {
      throw invalidArgument(`${key} not allowed for "${type}" type mounts`);
    }
  }
  if (spec.sharing !== undefined && type !== 'cache') {
    throw invalidArgument(`invalid cache sharing set for ${type} mount`);
  }
  if (type !== 'secret') return spec;
  if (spec.from) throw invalidArgument('secret mount should not have a from');
  if (!spec.source && !spec.target && !spec.id) {
    throw invalidArgument('invalid secret mount. one of source, target required');
  }
  if (spec.source && spec.id) throw invalidArgument("both source and id can't be set");
  return spec;
}

function onlyFor(spec: MountSpec, key: string, type: MountType): void {
  if (spec.type !== type) throw invalidArgument(`unexpected key '${key}' for mount type '${spec.type}'`);
}

function parseType(value: string): MountType {
  if (value === 'ssh') throw invalidArgument('RUN --mount=type=ssh is not supported: no agent reaches a build');
  if (value === 'bind' || value === 'cache' || value === 'tmpfs' || value === 'secret') return value;
  throw invalidArgument(`unsupported mount type ${JSON.stringify(value)}`);
}

function parseSharing(value: string): 'shared' | 'private' | 'locked' {
  if (value === 'shared' || value === 'private' || value === 'locked') return value;
  throw invalidArgument(`unsupported sharing value ${JSON.stringify(value)}`);
}

function parseTruth(value: string, key: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false;
  throw invalidArgument(`invalid value for ${key}: ${value}`);
}

function parseNumber(value: string, key: string, base: 8 | 10): number {
  const digits = base === 8 ? /^[0-7]+$/ : /^\d+$/;
  const number = Number.parseInt(value, base);
  if (!digits.test(value) || number > 2 ** 32 - 1) throw invalidArgument(`invalid value ${value} for ${key}`);
  return number;
}
