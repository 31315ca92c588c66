import type { Candidate, Source } from './candidates.ts';
import { packagedIcon } from './packaged-icons.ts';
import type { Finding } from './prober.ts';

/** A picture, or that there is none. */
export interface Icon {
  /** Empty when there is none. */
  readonly url: string;
  readonly source: Source | 'not_found';
}

/** What was found. It is certain when every better place has said that it has nothing. */
export interface Found extends Icon {
  readonly certain: boolean;
}

/**
 * Looks everywhere at once and takes the best that there is. Where the place of
 * a packaged picture does not answer, the packaged one stands in for it.
 */
export async function findIcon(
  candidates: readonly Candidate[],
  probe: (candidate: Candidate, signal: AbortSignal) => Promise<Finding>,
  signal: AbortSignal,
): Promise<Found> {
  const enough = new AbortController();
  const until = AbortSignal.any([signal, enough.signal]);
  const looking = candidates.map((candidate) => ({ candidate, finding: probe(candidate, until) }));
  try {
    let certain = true;
    for (const { candidate, finding } of looking) {
      const found = await finding;
      if (found.kind === 'found') return { url: found.url, source: candidate.source, certain };
      if (found.kind === 'absent') continue;
      certain = false;
      const packaged = candidate.packaged && packagedIcon(candidate.packaged);
      if (packaged) return { url: packaged, source: candidate.source, certain };
    }
    return { url: '', source: 'not_found', certain };
  } finally {
    enough.abort();
  }
}
