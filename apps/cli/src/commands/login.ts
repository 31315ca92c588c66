import { readClientConfig } from '@arcbox/config';
import { invalidArgument } from '@arcbox/errors';
import { Command } from 'commander';
import { keepCredentials, registryHost } from '../credentials.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';
import { askFor, readAll } from '../prompt.ts';

interface LoginOptions {
  username?: string;
  password?: string;
  passwordStdin?: boolean;
}

export default function login(): Command {
  const command = new Command('login')
    .description('Keeps a user name and a password for a registry, for the pulls to come. Only you can read the file.')
    .argument('[registry]', 'host of the registry, with its port', 'docker.io')
    .option('-u, --username <name>', 'user name')
    .option('-p, --password <password>', 'password; others may see it in the list of processes')
    .option('--password-stdin', 'read the password from standard input')
    .action(async (registry: string, options: LoginOptions) => {
      const username = options.username ?? (await askFor('Username: '));
      const password = await passwordFrom(options);
      if (!username || !password) throw invalidArgument('a user name and a password are needed');
      keepCredentials(readClientConfig().directory, registry, { username, password });
      await print(`Kept the credentials for ${registryHost(registry)}; the registry sees them at the next pull`);
    });
  return withExamples(command, [
    ['arcbox login registry:5000', 'asks for both'],
    ['arcbox login -u ci --password-stdin registry:5000 < password', 'in a script'],
  ]);
}

async function passwordFrom({ password, passwordStdin }: LoginOptions): Promise<string> {
  if (passwordStdin) return (await readAll(process.stdin)).replace(/\r?\n$/, '');
  return password ?? (await askFor('Password: ', { hidden: true }));
}
