import type { Build, Position } from './build.ts';
import type { StagePlan } from './language/stages.ts';
import { runStage } from './run-stage.ts';
import { StepNumbers } from './step-numbers.ts';

/** The stages of a build, each built once, those that do not need each other at the same time. */
export class StageGraph {
  readonly #build: Build;
  readonly #plan: StagePlan;
  readonly #failed: AbortController;
  readonly #numbers: StepNumbers;
  readonly #stages = new Map<number, Promise<Position>>();

  /** `failed` is aborted when a stage fails: it ends the others. */
  constructor(build: Build, plan: StagePlan, failed: AbortController) {
    this.#build = build;
    this.#plan = plan;
    this.#failed = failed;
    this.#numbers = new StepNumbers(plan.stages);
  }

  /** Builds what the target needs; when this ends, well or not, nothing of it runs any more. */
  async target(): Promise<Position> {
    for (const { index } of this.#plan.stages) void this.stage(index);
    const last = await this.stage(this.#plan.target.index).catch(() => undefined);
    // Triggers may have asked for further stages.
    for (let seen = 0; seen < this.#stages.size;) {
      seen = this.#stages.size;
      await Promise.allSettled(this.#stages.values());
    }
    this.#build.signal.throwIfAborted();
    if (!last) throw new Error('a stage has failed without a reason');
    return last;
  }

  /** The end of a stage. */
  stage(index: number): Promise<Position> {
    const known = this.#stages.get(index);
    if (known) return known;
    const stage = this.#plan.stage(index);
    const running = runStage(this.#build, stage, this.#numbers, (parent) => this.stage(parent));
    running.catch((error: unknown) => this.#failed.abort(error));
    this.#stages.set(index, running);
    return running;
  }
}
