import type { Command } from 'commander';

/** What may come next on a command line. */
export interface Candidate {
  readonly text: string;
  readonly meaning: string;
}

export interface Candidates {
  readonly fixed: readonly Candidate[];
  /** Names of these objects too; only the engine knows them. */
  readonly names?: 'container' | 'image' | 'network' | 'volume' | undefined;
}

const nothing: Candidates = { fixed: [] };

/** What may stand in place of the last of `words`. */
export function candidatesFor(program: Command, words: readonly string[]): Candidates {
  const last = words.at(-1) ?? '';
  let command = program;
  let operands = 0;
  let valueOf: string | undefined;
  for (const word of words.slice(0, -1)) {
    if (valueOf !== undefined) valueOf = undefined;
    else if (word.startsWith('-')) valueOf = takesNextWord(command, word) ? word : undefined;
    else {
      const child = operands === 0 ? find(command, word) : undefined;
      if (child) command = child;
      else operands++;
    }
  }
  if (valueOf !== undefined) return { fixed: choicesOf(command, valueOf) };
  if (last.startsWith('-')) return { fixed: optionsOf(command) };
  if (command.commands.length > 0) return { fixed: subcommandsOf(command) };
  return operandOf(command, operands);
}

const find = (command: Command, name: string): Command | undefined =>
  command.commands.find((child) => child.name() === name || child.aliases().includes(name));

function takesNextWord(command: Command, word: string): boolean {
  const option = command.options.find(({ short, long }) => word === short || word === long);
  return option !== undefined && (option.required || option.optional);
}

function choicesOf(command: Command, word: string): Candidate[] {
  const option = command.options.find(({ short, long }) => word === short || word === long);
  return (option?.argChoices ?? []).map((text) => ({ text, meaning: option?.description ?? '' }));
}

function optionsOf(command: Command): Candidate[] {
  const shown = command.options.filter(({ hidden, long }) => !hidden && long);
  return [
    ...shown.map(({ long, description }) => ({ text: long ?? '', meaning: description })),
    { text: '--help', meaning: 'show help' },
  ];
}

function subcommandsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({
      text: child.name(),
      meaning: (child.summary() || child.description()).split('\n')[0] ?? '',
    }));
}

/** Arguments are called after what they name. */
function operandOf(command: Command, index: number): Candidates {
  const argument = command.registeredArguments[index] ?? command.registeredArguments.at(-1);
  if (!argument || (index >= command.registeredArguments.length && !argument.variadic)) return nothing;
  if (argument.argChoices)
    return { fixed: argument.argChoices.map((text) => ({ text, meaning: argument.description })) };
  const name = argument.name();
  if (name === 'container' || name === 'image' || name === 'network' || name === 'volume')
    return { fixed: [], names: name };
  return nothing;
}
