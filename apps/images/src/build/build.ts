import type { Logger } from '@arcbox/log';
import type { ImageEngine } from '../engine.ts';
import type { Digest } from '../image/digest.ts';
import type { Pin } from '../store/pins.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { BaseImage, BuildLayer } from './base-image.ts';
import type { CopyOrigin } from './copy/find-files.ts';
import type { Origin } from './language/action.ts';
import type { BuildState } from './language/build-state.ts';
import type { BuildNews } from './news.ts';
import type { BuildOptions } from './options.ts';
import type { Packs } from './packs/packs.ts';
import type { RunContainers } from './run-containers.ts';
import type { StepCache } from './step-cache.ts';
import type { Workspace } from './workspace.ts';

/** What builds need of the worker. */
export interface Builder {
  readonly engine: ImageEngine;
  readonly registry: RegistryAccess;
  readonly containers: RunContainers;
  /** Contents of contexts that were sent before. */
  readonly packs: Packs;
}

/** One build, as its steps see it. */
export interface Build extends Builder {
  readonly options: BuildOptions;
  readonly workspace: Workspace;
  /** Files of the build context. */
  readonly context: CopyOrigin;
  readonly cache: StepCache;
  /** Keeps everything that this build uses. */
  readonly pin: Pin;
  /** SOURCE_DATE_EPOCH, in seconds: what the image says of times is this, or earlier. */
  readonly clampTime?: number;
  readonly log: Logger;
  /** Aborts when the caller leaves, the worker stops, or a step has failed. */
  readonly signal: AbortSignal;
  tell(news: BuildNews): Promise<void>;
  /** Runs work when fewer than the most that may run at a time do. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Files of another stage, which is built first, or of an image; mounted to be read. */
  filesOf(origin: Origin, step: number): Promise<SourceFiles>;
}

/** Files outside of the build context. */
export interface SourceFiles {
  /** Says which files these are, for keys of the cache. */
  readonly key: string;
  /** Where they are mounted, and how. */
  readonly path: string;
  readonly options: readonly string[];
  /** Layers that they are of, the lowest first. */
  readonly diffIds: readonly Digest[];
}

/** How far a stage is: its files, how they came about, and what the next instruction sees. */
export interface Position {
  readonly base?: BaseImage;
  /** Lowest first, those of the base too. */
  readonly layers: readonly BuildLayer[];
  /** Of this build alone; what the base tells stands in its document. */
  readonly history: readonly BuildHistory[];
  readonly state: BuildState;
  /** Where it was after each step that could change files; the last may be this. */
  readonly milestones: readonly Position[];
}

/** One entry of the image's history. */
export interface BuildHistory {
  readonly createdBy: string;
  /** RFC 3339; absent for a step that changed no files: it is as old as what comes after it. */
  readonly created?: string;
  readonly isEmpty: boolean;
}
