import { Argument, Command } from 'commander';
import { completionScripts } from '../completion-scripts.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function completion(): Command {
  const command = new Command('completion')
    .description('Prints a script with which a shell completes commands, options, and names of containers and images.')
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(completionScripts)))
    .action((shell: keyof typeof completionScripts) => print(completionScripts[shell].trim()));
  return withExamples(command, [
    ['source <(arcbox completion bash)', 'bash, this session'],
    ['arcbox completion zsh > "${fpath[1]}/_arcbox"', 'zsh, from the next session on'],
    ['arcbox completion fish > ~/.config/fish/completions/arcbox.fish', 'fish'],
  ]);
}
