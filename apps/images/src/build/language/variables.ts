import type { BuildState } from './build-state.ts';
import { isProxy } from './build-args.ts';
import type { Lookup } from './expand.ts';

/** What `$name` means: ENV always goes before ARG. */
export function lookupIn({ settings, args, scope }: BuildState): Lookup {
  const env = new Map(settings.env.map(splitVariable));
  return (name) => env.get(name) ?? args.get(name) ?? (isProxy(name) ? scope.buildArgs.get(name) : undefined);
}

/** The ARGs that have a value and that no ENV shadows, as `K=V`. */
export function effectiveArgs({ settings, args }: BuildState): string[] {
  const env = new Set(settings.env.map((entry) => splitVariable(entry)[0]));
  return [...args].flatMap(([name, value]) => (value === undefined || env.has(name) ? [] : [`${name}=${value}`]));
}

/** The proxies that were passed and that neither ARG nor ENV names, as `K=V`. */
export function undeclaredProxies({ settings, args, scope }: BuildState): string[] {
  const env = new Set(settings.env.map((entry) => splitVariable(entry)[0]));
  return [...scope.buildArgs]
    .filter(([name]) => isProxy(name) && !args.has(name) && !env.has(name))
    .map(([name, value]) => `${name}=${value}`);
}

/** `entries` with the variable in its old place, or at the end. */
export function setVariable(entries: readonly string[], name: string, value: string): string[] {
  const entry = `${name}=${value}`;
  const at = entries.findIndex((other) => splitVariable(other)[0] === name);
  return at < 0 ? [...entries, entry] : entries.with(at, entry);
}

function splitVariable(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at < 0 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
