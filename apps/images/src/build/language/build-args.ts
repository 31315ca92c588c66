import { formatPlatform, type Platform } from '../../image/platform.ts';
import { atLine } from './parse-failure.ts';
import { expandWord, type Lookup } from './expand.ts';
import type { Dockerfile, Instruction } from './instruction.ts';

type BuildArgs = ReadonlyMap<string, string>;

const proxies = new Set(['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy']);

/** Arguments for the builder itself: no ARG need name them. */
const builtIn = /^(BUILDKIT_[A-Z_]+|SOURCE_DATE_EPOCH)$/;

/** Proxies need no ARG, and change no cache key unless there is one. */
export function isProxy(name: string): boolean {
  return proxies.has(name.toLowerCase());
}

/** What ARGs before the first FROM, and the platform, make visible to FROM and to ARGs in stages. */
export function globalArgs(
  dockerfile: Dockerfile,
  buildArgs: BuildArgs,
  target: string,
  platforms: { readonly target: Platform; readonly build: Platform },
): Map<string, string> {
  const values = new Map(Object.entries(platformArgs(target, platforms)));
  for (const name of values.keys()) values.set(name, buildArgs.get(name) ?? values.get(name) ?? '');
  const lookup: Lookup = (name) => values.get(name);
  for (const { args, line } of dockerfile.globalArgs) {
    for (const { name, value } of args) {
      const given = buildArgs.get(name);
      if (given !== undefined) values.set(name, given);
      else if (value !== undefined)
        values.set(
          name,
          atLine(line, () => expandWord(value, lookup, dockerfile)),
        );
    }
  }
  return values;
}

function platformArgs(stage: string, { target, build }: { target: Platform; build: Platform }): Record<string, string> {
  return {
    BUILDPLATFORM: formatPlatform(build),
    BUILDOS: build.os,
    BUILDARCH: build.architecture,
    BUILDVARIANT: build.variant,
    TARGETPLATFORM: formatPlatform(target),
    TARGETOS: target.os,
    TARGETARCH: target.architecture,
    TARGETVARIANT: target.variant,
    TARGETSTAGE: stage || 'default',
  };
}

/** The names that the ARGs among `instructions` declare. */
export function declaredArgs(instructions: readonly Instruction[]): string[] {
  return instructions.flatMap((instruction) =>
    instruction.keyword === 'ARG' ? instruction.args.map(({ name }) => name) : [],
  );
}

/** Tells of build arguments that nothing declares; undefined when there are none. */
export function unconsumedWarning(buildArgs: BuildArgs, declared: ReadonlySet<string>): string | undefined {
  const unknown = [...buildArgs.keys()].filter(
    (name) => !declared.has(name) && !isProxy(name) && !builtIn.test(name) && !/^(BUILD|TARGET)[A-Z]+$/.test(name),
  );
  if (unknown.length === 0) return undefined;
  return `One or more build-args [${unknown.sort().join(' ')}] were not consumed`;
}
