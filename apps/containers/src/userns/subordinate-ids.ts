import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import type { IdMaps } from './id-maps.ts';
import { lineUp } from './id-maps.ts';

/** Ids of the host, one after the other. */
export interface Run {
  readonly start: number;
  readonly count: number;
}

/** Somebody who may have ids in the files; the number, too, may stand for the name there. */
export interface Holder {
  readonly name: string;
  readonly uid?: number;
}

/** Reads subuid(5) and subgid(5), which say whose users' and groups' ids are whose: `name:start:count`. */
export class SubordinateIds {
  readonly #directory: string;

  constructor(directory = '/etc') {
    this.#directory = directory;
  }

  /** All ids of somebody. FAILED_PRECONDITION says what is missing. */
  mapsOf(holder: Holder): IdMaps {
    return { uids: lineUp(this.runsOf('subuid', holder)), gids: lineUp(this.runsOf('subgid', holder)) };
  }

  /** Of one file. FAILED_PRECONDITION where there are none. */
  runsOf(file: 'subuid' | 'subgid', { name, uid }: Holder): Run[] {
    const path = join(this.#directory, file);
    const runs = read(path).flatMap((line) => {
      const [, who, start, count] = /^([^:#]+):(\d+):(\d+)$/.exec(line.trim()) ?? [];
      return who === name || (uid !== undefined && who === String(uid)) ? [{ start: Number(start), count: Number(count) }] : [];
    });
    const given = runs.filter(({ count }) => count > 0);
    if (given.length === 0) throw failedPrecondition(`user namespaces need subordinate ids: ${path} has no line ${name}:START:65536`);
    // A container's ids must be nobody's on the host, least of all its root's.
    if (given.some(({ start }) => start === 0)) throw failedPrecondition(`${path} gives ${name} the id 0, which is the host's root`);
    return given;
  }
}

function read(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
