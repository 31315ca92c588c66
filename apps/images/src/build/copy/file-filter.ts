import { type Ignore, type Pattern } from '@arcbox/dockerignore';
import { type ByteName, joinNames, textOf } from '@arcbox/tar';

/** Keep it; look for something to keep below it; leave it with all that is below it. */
export type Verdict = 'keep' | 'pass' | 'leave';

export interface FilterOptions {
  /** By names in the whole context. */
  readonly ignore?: Ignore;
  /** By names below the directory that is copied. */
  readonly excludes?: Ignore;
  /** The only ones to take, by names below that directory. */
  readonly only?: Pattern;
}

/** Decides which files below `base`, a directory of the context, are copied. */
export class FileFilter {
  readonly #base: ByteName;
  readonly #options: FilterOptions;

  constructor(base: ByteName, options: FilterOptions) {
    this.#base = base;
    this.#options = options;
  }

  /** About a name below `base`; what is above it was not left. */
  judge(name: ByteName): Verdict {
    const { ignore, excludes, only } = this.#options;
    const below = textOf(name);
    const verdicts = [
      ignore ? withoutIgnored(ignore, textOf(joinNames(this.#base, name))) : 'keep',
      excludes ? withoutIgnored(excludes, below) : 'keep',
      only ? withOnly(only, below) : 'keep',
    ];
    if (verdicts.includes('leave')) return 'leave';
    return verdicts.includes('pass') ? 'pass' : 'keep';
  }
}

function withoutIgnored(ignore: Ignore, path: string): Verdict {
  if (path === '' || !ignore.excludes(path)) return 'keep';
  return ignore.includesBelow(path) ? 'pass' : 'leave';
}

function withOnly(only: Pattern, path: string): Verdict {
  if (only.covers(path)) return 'keep';
  return only.reachesBelow(path) ? 'pass' : 'leave';
}
