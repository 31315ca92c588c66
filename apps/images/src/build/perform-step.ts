import type { CapturedLayer } from '../capture/capture-layer.ts';
import { BuildRoot } from './build-root.ts';
import type { Build, Position } from './build.ts';
import { filesKey, keyOf } from './step-cache.ts';
import type { StepRecord } from '../store/records.ts';

/** A change of files that may have been made before. */
export interface FileStep {
  /** All that the outcome depends on, besides the files before. */
  readonly key: object;
  /** What people call it: `RUN make`. */
  readonly name: string;
  /** Changes the files of a root and unmounts it. */
  perform(root: BuildRoot, signal: AbortSignal): Promise<void>;
}

export interface StepOutcome {
  readonly record: StepRecord;
  readonly isCached: boolean;
}

/**
 * Makes the change, or finds what it made the last time. Of several builds that
 * want the same, also in other processes, one works and the others wait.
 */
export async function performStep(build: Build, before: Position, step: FileStep): Promise<StepOutcome> {
  const { cache, pin, engine, options, signal, clampTime } = build;
  const id = keyOf({ files: filesKey(before.layers), clampTime, platform: before.state.platform, step: step.key });
  const known = options.noCache ? undefined : cache.find(id, pin);
  if (known) return { record: known, isCached: true };
  using _lease = await engine.store.leases.hold(`build/${id}`, signal);
  const made = options.noCache ? undefined : cache.find(id, pin);
  if (made) return { record: made, isCached: true };
  return await build.inTurn(async () => {
    const layer = await makeLayer(build, before, step);
    const now = clampTime === undefined ? Date.now() : clampTime * 1_000;
    const record = cache.keep({ id, name: step.name, createdAt: new Date(now).toISOString(), ...(layer ? { layer } : {}) });
    return { record, isCached: false };
  });
}

async function makeLayer(build: Build, { layers }: Position, step: FileStep): Promise<CapturedLayer | undefined> {
  const { engine, workspace, clampTime, pin, signal } = build;
  using root = new BuildRoot(engine, workspace, layers.map(({ diffId }) => diffId));
  await step.perform(root, signal);
  signal.throwIfAborted();
  root[Symbol.dispose]();
  return await root.capture({ ...(clampTime === undefined ? {} : { clampTime }), pin }, signal);
}
