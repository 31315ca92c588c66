import type { Command, Option } from 'commander';

const yes = /^(1|t|true)$/i;
const no = /^(0|f|false)$/i;

/**
 * `--rm=true` is `--rm`, and `--rm=false` is nothing said, as docker takes them;
 * `-p=80:80` is `-p 80:80`. What follows the first operand of a command whose
 * operands end its options is left alone.
 */
export function withoutBooleanValues(command: Command, args: readonly string[]): string[] {
  const result: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--' || (!word.startsWith('-') && endsOptions(command))) return [...result, ...args.slice(at)];
    const [, name = word, value] = /^(-\w|--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const option = optionOf(command, name);
    if (option && value === undefined && takesValue(option) && at + 1 < args.length) {
      result.push(word, args[++at] ?? '');
    } else if (option && value !== undefined && !takesValue(option)) {
      const opposite = `--no-${name.slice(2)}`;
      if (yes.test(value)) result.push(name);
      else if (!no.test(value)) result.push(word);
      else if (optionOf(command, opposite)) result.push(opposite);
    } else if (option && value !== undefined && !name.startsWith('--')) result.push(name, value);
    else result.push(word);
  }
  return result;
}

const takesValue = (option: Option): boolean => option.required || option.optional;

const optionOf = (command: Command, name: string): Option | undefined =>
  command.options.find(({ short, long }) => name === short || name === long);

/** Operands do so where what follows them belongs to a program in a container, to ps, or to a subcommand. */
const endsOptions = (command: Command): boolean =>
  command.commands.length > 0 || ['command', 'options'].includes(command.registeredArguments.at(-1)?.name() ?? '');
