import { readdirSync, statSync } from 'node:fs';
import { contentProblems } from './check-content.ts';
import { leftoverProblems } from './check-leftovers.ts';
import { packContentProblems, packProblems } from './check-packs.ts';
import { recordProblems } from './check-records.ts';
import { contentLease, type ImageEngine } from '../engine.ts';

/** One disagreement in the image store. */
export interface StoreProblem {
  /** A digest, a name, or a path below the store. */
  readonly object: string;
  /** What is wrong with it, for people. */
  readonly problem: string;
}

/** What was looked at. */
export interface StoreSummary {
  readonly names: number;
  readonly images: number;
  readonly blobs: number;
  readonly layers: number;
  readonly roots: number;
  /** Bytes of all blobs. */
  readonly blobBytes: number;
  readonly problems: number;
}

export type Finding = { readonly problem: StoreProblem } | { readonly summary: StoreSummary };

/**
 * Walks the store and tells what records and files disagree about, then a
 * summary. Changes nothing and disturbs nobody: what looks wrong without a lease
 * is looked at again with one, and only what is wrong both times is told.
 */
export async function* checkStore(
  engine: ImageEngine,
  { verifyContent }: { verifyContent: boolean },
  signal: AbortSignal,
): AsyncGenerator<Finding, void, undefined> {
  const summary = summarize(engine);
  let problems = 0;
  for (const problem of await confirmedProblems(engine, signal)) {
    problems++;
    yield { problem };
  }
  if (verifyContent) {
    for (const source of [contentProblems(engine, signal), packContentProblems(engine, signal)]) {
      for await (const problem of source) {
        problems++;
        yield { problem };
      }
    }
  }
  yield { summary: { ...summary, problems } };
}

async function confirmedProblems(engine: ImageEngine, signal: AbortSignal): Promise<StoreProblem[]> {
  const suspected = await findProblems(engine);
  if (suspected.size === 0) return [];
  using _lease = await engine.store.leases.hold(contentLease, signal);
  const present = await findProblems(engine);
  return [...suspected].filter(([key]) => present.has(key)).map(([, problem]) => problem);
}

async function findProblems(engine: ImageEngine): Promise<Map<string, StoreProblem>> {
  const found = new Map<string, StoreProblem>();
  for (const source of [recordProblems(engine), leftoverProblems(engine), packProblems(engine)]) {
    for await (const problem of source) found.set(`${problem.object}\n${problem.problem}`, problem);
  }
  return found;
}

function summarize({ records, layout }: ImageEngine): Omit<StoreSummary, 'problems'> {
  const blobs = readdirSync(layout.blobs);
  const sizeOf = (hex: string): number => statSync(layout.blob(`sha256:${hex}`), { throwIfNoEntry: false })?.size ?? 0;
  return {
    names: records.names.count(),
    images: records.images.count(),
    blobs: blobs.length,
    layers: records.layers.count(),
    roots: records.roots.count(),
    blobBytes: blobs.reduce((sum, hex) => sum + sizeOf(hex), 0),
  };
}
