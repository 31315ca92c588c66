import {
  type BuildOutput,
  type BuildStep,
  BuildStepState as State,
  type BuildTransfer,
} from '@arcbox/proto/arcbox/engine/v1/build';
import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';
import { OutputLines } from './output-lines.ts';

/** Characters of output that are kept for the case that the step fails. */
const keptOutput = 2 * 1024 * 1024;

/** A line of output and when it came, in seconds after the start of the step. */
export interface TimedLine {
  readonly at: number;
  readonly text: string;
}

/** An instruction that is or was executed. Times are milliseconds of one clock. */
export class Step {
  readonly id: number;
  readonly started: number;
  name = '';
  state = State.BUILD_STEP_STATE_STARTED;
  error = '';
  ended: number | undefined;
  /** How its downloads are, by layer. */
  readonly transfers = new Map<string, PullProgress>();
  /** Output so far, up to a bound: the first lines go. */
  log: TimedLine[] = [];
  clipped = false;
  readonly #lines = new Map<string, OutputLines>();
  #logged = 0;

  constructor(id: number, now: number) {
    this.id = id;
    this.started = now;
  }

  get isRunning(): boolean {
    return this.ended === undefined;
  }

  get hasFailed(): boolean {
    return this.state === State.BUILD_STEP_STATE_FAILED;
  }

  /** Takes a new state; returns what was still to be said. */
  become({ name, state, error }: BuildStep, now: number): TimedLine[] {
    this.name = name || this.name;
    this.state = state;
    this.error = error;
    if (state === State.BUILD_STEP_STATE_STARTED) return [];
    this.ended ??= now;
    const last = [...this.#lines.values()].flatMap((lines) => lines.end());
    const lines = this.#keep(last, now);
    this.transfers.clear();
    if (!this.hasFailed) this.log = [];
    return lines;
  }

  write({ stream, data }: BuildOutput, now: number): TimedLine[] {
    const lines = this.#lines.get(stream) ?? new OutputLines();
    this.#lines.set(stream, lines);
    return this.#keep(lines.push(data), now);
  }

  transfer({ progress }: BuildTransfer): void {
    if (progress) this.transfers.set(progress.id, progress);
  }

  #keep(texts: readonly string[], now: number): TimedLine[] {
    const lines = texts.map((text) => ({ at: (now - this.started) / 1000, text }));
    for (const line of lines) this.#logged += line.text.length + 1;
    this.log.push(...lines);
    let dropped = 0;
    while (this.#logged > keptOutput) this.#logged -= (this.log[dropped++]?.text.length ?? 0) + 1;
    if (dropped > 0) [this.log, this.clipped] = [this.log.slice(dropped), true];
    return lines;
  }
}

/** All steps of a build, in the order in which they began. */
export class Steps {
  readonly #steps = new Map<number, Step>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get all(): Step[] {
    return [...this.#steps.values()];
  }

  get now(): number {
    return this.#now();
  }

  find(id: number): Step {
    let step = this.#steps.get(id);
    if (!step) this.#steps.set(id, (step = new Step(id, this.#now())));
    return step;
  }
}
