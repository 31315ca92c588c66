import { BoundedQueue } from '@arcbox/stream';
import type { PullNews } from '../pull/pull-progress.ts';

/** Something that happened in a build. */
export type BuildNews =
  | StepNews
  | OutputNews
  | { readonly kind: 'transfer'; readonly step: number; readonly progress: PullNews }
  /** Contents that the caller has to send, by their places in the listing of the context; the last time `isComplete`. */
  | { readonly kind: 'wanted'; readonly files: readonly number[]; readonly isComplete: boolean }
  | { readonly kind: 'warning'; readonly text: string }
  | { readonly kind: 'result'; readonly id: string; readonly names: readonly string[] };

export interface OutputNews {
  readonly kind: 'output';
  readonly step: number;
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

export type StepState = 'started' | 'cached' | 'done' | 'failed' | 'canceled';

export interface StepNews {
  readonly kind: 'step';
  readonly step: Step;
  readonly state: StepState;
  /** Image id after the step, where it changed files. */
  readonly image?: string;
  /** Why it failed. */
  readonly error?: string;
}

/** An instruction of this build. */
export interface Step {
  /** From 1. */
  readonly id: number;
  /** Steps of this build that stand in the Dockerfile. */
  readonly total: number;
  /** `[build 2/5] RUN make` */
  readonly name: string;
  /** Stage name, or its number. */
  readonly stage: string;
  /** `RUN make` */
  readonly text: string;
}

/** News that wait for their reader; more make the build wait. */
const capacity = 64;

/** The news of one build on their way to one reader, from any number of steps. */
export class NewsQueue implements AsyncIterable<BuildNews> {
  readonly #queue = new BoundedQueue<BuildNews>(capacity);
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for room. When the reader has gone, news go nowhere. */
  tell(news: BuildNews): Promise<void> {
    const turn = this.#last.then(() => this.#queue.push(news));
    this.#last = turn;
    return turn.then(() => {});
  }

  end(): void {
    this.#queue.end();
  }

  fail(error: unknown): void {
    this.#queue.fail(error);
  }

  [Symbol.asyncIterator](): AsyncIterator<BuildNews> {
    return this.#queue[Symbol.asyncIterator]();
  }
}
