import type { Build, Position } from './build.ts';
import { copyStep } from './copy-step.ts';
import type { Action } from './language/action.ts';
import type { FileStep } from './perform-step.ts';
import { runStep } from './run-step.ts';
import { workdirStep } from './workdir-step.ts';

/** What an action does to files, and all that it depends on. `step` is its number, for what it says. */
export async function fileStepOf(build: Build, position: Position, action: Action, step: number): Promise<FileStep> {
  switch (action.kind) {
    case 'run':
      return runStep(build, position, action, step);
    case 'workdir':
      return workdirStep(action);
    case 'copy':
    case 'add':
      return copyStep(build, action, step);
  }
}
