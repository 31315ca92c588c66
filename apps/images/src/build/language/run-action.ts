import { invalidArgument } from '@arcbox/errors';
import type { RunAction } from './action.ts';
import type { BuildState } from './build-state.ts';
import { contentOf, parseOpening } from './heredoc.ts';
import type { RunInstruction } from './instruction.ts';
import { runMounts } from './run-mounts.ts';
import { withShell } from './shell.ts';
import { effectiveArgs, undeclaredProxies } from './variables.ts';
import { resolvePath, withoutSlash } from './working-directory.ts';

/** Where heredocs that are programs are seen by RUN. */
const scriptDirectory = '/dev/pipes/';

export function runAction(instruction: RunInstruction, state: BuildState): RunAction {
  const { settings } = state;
  const { argv, script } = commandOf(instruction, state);
  if (argv.some((word) => word.includes('\0'))) throw invalidArgument('RUN: an argument holds a NUL character');
  const args = effectiveArgs(state);
  return {
    kind: 'run',
    argv,
    env: [...settings.env, ...args, ...undeclaredProxies(state)],
    argsForCache: args,
    user: settings.user,
    workingDir: withoutSlash(resolvePath('.', state)),
    mounts: runMounts(instruction, state),
    network: instruction.network,
    script,
    display: instruction.text,
  };
}

/** `RUN |1 a=b /bin/sh -c make`: the ARGs in scope are said, for they are no part of the image. */
export function describeRun({ argv, argsForCache: args }: RunAction): string {
  return ['RUN', ...(args.length > 0 ? [`|${args.length}`, ...args] : []), ...argv].join(' ');
}

/**
 * A line that is nothing but a heredoc is a script for the shell, or a program
 * when it begins with `#!`. Other heredocs go to the shell as they stand.
 */
function commandOf(
  { command, heredocs }: RunInstruction,
  { settings }: BuildState,
): { argv: readonly string[]; script?: RunAction['script'] } {
  if ('exec' in command) return { argv: command.exec };
  const [first] = heredocs;
  if (first === undefined) return { argv: withShell(settings, command.shell) };
  if (parseOpening(command.shell) === undefined) {
    const bodies = heredocs.map(({ name, body }) => `\n${body}${name}`);
    return { argv: withShell(settings, command.shell + bodies.join('')) };
  }
  const content = contentOf(first);
  if (!content.startsWith('#!')) return { argv: withShell(settings, content) };
  const path = scriptDirectory + first.name;
  return { argv: withShell(settings, path), script: { path, content: Buffer.from(content) } };
}
