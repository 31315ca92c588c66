import { invalidArgument } from '@arcbox/errors';
import { posix } from 'node:path';
import type { Origin, RunMount } from './action.ts';
import type { BuildState } from './build-state.ts';
import type { RunInstruction } from './instruction.ts';
import { type MountSpec, readMountSpec } from './mount-spec.ts';
import { resolveOrigin, scratch } from './origin.ts';
import { lookupIn } from './variables.ts';
import { resolvePath, withoutSlash } from './working-directory.ts';

/** The mounts of a RUN, with all that was left unsaid. */
export function runMounts({ mounts }: RunInstruction, state: BuildState): RunMount[] {
  const lookup = lookupIn(state);
  return mounts.map((fields) => toMount(readMountSpec(fields, lookup, state.scope.escape), state));
}

function toMount(spec: MountSpec, state: BuildState): RunMount {
  if (spec.type === 'secret') return toSecret(spec, state);
  const target = targetOf(spec.target ?? '', state);
  const from = spec.from && spec.from !== scratch ? resolveOrigin(spec.from, state.scope) : undefined;
  const source = posix.join('/', spec.source ?? '');
  if (spec.type === 'cache') return toCache(spec, target, source, from);
  // A bind of nothing at all is an empty directory for the one command.
  if (spec.type === 'tmpfs' || spec.from === scratch) return { type: 'tmpfs', target, size: spec.size || undefined };
  return { type: 'bind', from, source, target, readOnly: spec.readOnly ?? true };
}

function toCache(spec: MountSpec, target: string, source: string, from: Origin | undefined): RunMount {
  return {
    type: 'cache',
    id: spec.id || posix.normalize(spec.target ?? target),
    target,
    sharing: spec.sharing ?? 'shared',
    from,
    source,
    mode: spec.mode ?? 0o755,
    uid: spec.uid ?? 0,
    gid: spec.gid ?? 0,
    readOnly: spec.readOnly ?? false,
  };
}

function toSecret(spec: MountSpec, state: BuildState): RunMount {
  const id = spec.source || spec.id || posix.basename(spec.target ?? '');
  const isFile = spec.target !== undefined || spec.env === undefined;
  return {
    type: 'secret',
    id,
    target: isFile ? targetOf(spec.target || `/run/secrets/${posix.basename(id)}`, state) : undefined,
    env: spec.env === undefined ? undefined : checkedName(spec.env || id),
    required: spec.required ?? false,
    mode: spec.mode ?? 0o400,
    uid: spec.uid ?? 0,
    gid: spec.gid ?? 0,
  };
}

function targetOf(path: string, state: BuildState): string {
  const target = resolvePath(path, state);
  if (target === '/') throw invalidArgument(`invalid mount target ${JSON.stringify(path)}`);
  return withoutSlash(target);
}

function checkedName(name: string): string {
  if (name.includes('=') || name.includes('\0')) throw invalidArgument(`invalid variable for a secret: ${name}`);
  return name;
}
