import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isAlive } from '@arcbox/store';
import { leaseOfWorkspace } from '../build/workspace.ts';
import type { StoreProblem } from './check.ts';
import { partialPrefix } from '../store/content.ts';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import { knownBlobs, neededDigests } from '../store/needed-digests.ts';
import { leaseOfLayer } from '../store/layer-store.ts';
import { linkedLayer } from '../store/linked-layer.ts';
import { ageOf, patience, rootPatience, sweepPeriod } from '../store/sweep.ts';

type Problems = AsyncGenerator<StoreProblem, void, undefined>;

/** Files and layers that nothing refers to, and that no work in progress is about to use. */
export async function* leftoverProblems(engine: ImageEngine): Problems {
  yield* blobProblems(engine);
  yield* directoryProblems(engine);
  yield* abandonedProblems(engine);
  yield* unfinishedProblems(engine);
}

async function* blobProblems(engine: ImageEngine): Problems {
  // Listed first: what comes later is pinned or recorded before it comes.
  const present = readdirSync(engine.layout.blobs);
  const known = knownBlobs(engine);
  for (const hex of present) {
    const isLeft = !known.has(`sha256:${hex}`) && existsSync(engine.layout.blob(`sha256:${hex}`));
    if (isLeft) yield { object: `oci/blobs/sha256/${hex}`, problem: 'nothing refers to the blob' };
  }
}

async function* directoryProblems({ layout, records, store }: ImageEngine): Problems {
  const isBusy = (diffId: Digest): boolean => {
    using lease = store.leases.tryHold(leaseOfLayer(diffId));
    return lease === undefined;
  };
  for (const hex of readdirSync(layout.layers)) {
    const diffId = `sha256:${hex}`;
    if (hex === basename(layout.emptyLayer) || records.layers.get(diffId) || isBusy(diffId)) continue;
    if (!records.layers.get(diffId)) yield { object: `layers/${hex}`, problem: 'the layer is not recorded' };
  }
  for (const short of readdirSync(layout.links)) {
    const diffId = linkedLayer(layout, short);
    if (records.layers.get(diffId)?.short === short || isBusy(diffId)) continue;
    const isThere = lstatSync(layout.link(short), { throwIfNoEntry: false }) !== undefined;
    if (isThere && records.layers.get(diffId)?.short !== short) yield { object: `l/${short}`, problem: 'no layer has this link' };
  }
  const recorded = new Set(records.roots.all().map(({ directory }) => directory));
  for (const directory of readdirSync(layout.roots)) {
    if (!recorded.has(directory) && ageOf(layout.root(directory)) > rootPatience)
      yield { object: `roots/${directory}`, problem: 'the root is not recorded' };
  }
}

/** Layers of interrupted pulls wait for the pull to be repeated, but not for ever. */
async function* abandonedProblems(engine: ImageEngine): Problems {
  const needed = neededDigests(engine);
  for (const { id, blobs, createdAt } of engine.records.layers.all()) {
    const isOld = Date.now() - Date.parse(createdAt) > patience + sweepPeriod;
    if (isOld && ![id, ...blobs].some((digest) => needed.has(digest))) yield { object: id, problem: 'nothing refers to the layer' };
  }
}

async function* unfinishedProblems({ layout, store }: ImageEngine): Problems {
  for (const id of readdirSync(layout.builds)) {
    const isOld = ageOf(join(layout.builds, id)) > sweepPeriod;
    if (isOld && !store.leases.held().includes(leaseOfWorkspace(id)))
      yield { object: `builds/${id}`, problem: 'the build it was part of has ended' };
  }
  for (const name of readdirSync(layout.ingest)) {
    const age = ageOf(join(layout.ingest, name));
    const isPartial = name.startsWith(partialPrefix);
    const isLeft = isPartial ? age > patience + sweepPeriod : age > sweepPeriod && !isAlive(name.split('-')[0] ?? '');
    if (isLeft) yield { object: `ingest/${name}`, problem: 'the work it was part of has ended' };
  }
}
