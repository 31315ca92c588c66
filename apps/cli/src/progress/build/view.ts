import type { BuildResponse } from '@arcbox/proto/arcbox/engine/v1/build';

/** What happens in a build, short of its end; what the engine asks for is not for people. */
export type BuildEvent = Exclude<NonNullable<BuildResponse['event']>, { $case: 'result' | 'wanted' }>;

export type BuildProgress = 'auto' | 'plain' | 'tty' | 'quiet';

/** Shows how a build goes on. */
export interface BuildView {
  show(event: BuildEvent): void;
  /** Nothing more comes; the last state stays. After a failure with where in the Dockerfile it was, if that is known. */
  end(failure?: string): void;
  /** What came of it, after the end. */
  conclude(lines: readonly string[]): void;
}

export async function buildView(progress: BuildProgress, stream: NodeJS.WriteStream): Promise<BuildView> {
  if (progress === 'quiet') return (await import('./quiet.ts')).quietBuild(stream);
  if (progress === 'plain' || (progress === 'auto' && !stream.isTTY)) {
    return (await import('./plain.ts')).plainBuild(stream);
  }
  return (await import('./terminal.ts')).terminalBuild(stream);
}
