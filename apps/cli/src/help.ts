import type { Command } from 'commander';

/** Adds examples below the help of a command; each is a command line with what it does. */
export function withExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) =>
    width > 50 ? `  # ${meaning}\n  ${line}` : `  ${line.padEnd(width)}   ${meaning}`,
  );
  return command.addHelpText('after', `\nExamples:\n${lines.join('\n')}`);
}

export const formatHelp = 'table, "table TEMPLATE", json, or a Go template such as {{.ID}}';
