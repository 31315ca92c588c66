import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';

/** Shows how a pull or a push goes on. */
export interface ProgressView {
  show(update: PullProgress): void;
  /** Nothing more comes; the last state stays on the screen. */
  end(): void;
}

/** Steps whose progress is worth a bar. */
export const measuredSteps: ReadonlySet<string> = new Set(['Downloading', 'Extracting', 'Pushing']);
