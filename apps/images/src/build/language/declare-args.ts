import type { BuildState } from './build-state.ts';
import { expandWord } from './expand.ts';
import type { ArgInstruction } from './instruction.ts';
import { lookupIn } from './variables.ts';

/** The ARGs in scope after `ARG a b=c`: what the user passed goes first, then the default, then the global ARG. */
export function declareArgs(
  instruction: ArgInstruction,
  state: BuildState,
): { args: BuildState['args']; createdBy: string } {
  const { buildArgs, globalArgs } = state.scope;
  const args = new Map(state.args);
  const described = instruction.args.map(({ name, value: initial }) => {
    const lookup = lookupIn({ ...state, args });
    const own = initial === undefined ? globalArgs.get(name) : undefined;
    const value = buildArgs.get(name) ?? (initial === undefined ? own : expandWord(initial, lookup, state.scope));
    // A declaration without a value leaves the one that an earlier one gave.
    args.set(name, value ?? args.get(name));
    return value === undefined ? name : `${name}=${value}`;
  });
  return { args, createdBy: `ARG ${described.join(' ')}` };
}
