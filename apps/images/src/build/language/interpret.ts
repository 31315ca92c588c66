import type { Action } from './action.ts';
import type { BuildState } from './build-state.ts';
import { copyAction, describeCopy } from './copy-action.ts';
import { declareArgs } from './declare-args.ts';
import type { Instruction } from './instruction.ts';
import { applyMetadata } from './metadata.ts';
import { atLine } from './parse-failure.ts';
import { describeRun, runAction } from './run-action.ts';
import { changeDirectory } from './working-directory.ts';

/** What an instruction makes of a stage. */
export interface Interpreted {
  readonly state: BuildState;
  /** What has to be done to its files. */
  readonly action?: Action;
  readonly history: { readonly createdBy: string; readonly emptyLayer: boolean };
  readonly warnings: readonly string[];
}

/** Says what an instruction does after `state`. It does nothing itself, and changes nothing. */
export function interpret(instruction: Instruction, state: BuildState): Interpreted {
  return atLine(instruction.line, () => interpretOne(instruction, state), 'dockerfile error');
}

function interpretOne(instruction: Instruction, state: BuildState): Interpreted {
  switch (instruction.keyword) {
    case 'RUN': {
      const action = runAction(instruction, state);
      return acting(state, action, describeRun(action));
    }
    case 'COPY':
    case 'ADD': {
      const action = copyAction(instruction, state);
      return acting(state, action, describeCopy(action));
    }
    case 'WORKDIR': {
      const { workingDir, action } = changeDirectory(instruction, state);
      const next = { ...state, settings: { ...state.settings, workingDir } };
      const createdBy = `WORKDIR ${workingDir}`;
      return action === undefined ? describing(next, createdBy) : acting(next, action, createdBy);
    }
    case 'ARG': {
      const { args, createdBy } = declareArgs(instruction, state);
      return describing({ ...state, args }, createdBy);
    }
    case 'MAINTAINER': {
      const next = { ...state, author: instruction.value };
      const warning = 'MAINTAINER is deprecated: use LABEL org.opencontainers.image.authors';
      return describing(next, `MAINTAINER ${instruction.value}`, warning);
    }
    default: {
      const { settings, createdBy } = applyMetadata(instruction, state);
      const hasOwnCommand = state.hasOwnCommand || instruction.keyword === 'CMD';
      return describing({ ...state, settings, hasOwnCommand }, createdBy);
    }
  }
}

const acting = (state: BuildState, action: Action, createdBy: string): Interpreted => ({
  state,
  action,
  history: { createdBy, emptyLayer: false },
  warnings: [],
});

const describing = (state: BuildState, createdBy: string, ...warnings: string[]): Interpreted => ({
  state,
  history: { createdBy, emptyLayer: true },
  warnings,
});
