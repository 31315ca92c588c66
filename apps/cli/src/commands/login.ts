import { invalidArgument } from '@arcbox/errors';
import { Command } from 'commander';
import type { Engine } from '../connection.ts';
import { type Credentials, encodeCredentials, registryHost } from '../credentials/credentials.ts';
import { Keychain } from '../credentials/keychain.ts';
import { withEngine } from '../engine.ts';
import { isFailure } from '../failure.ts';
import { withExamples } from '../help.ts';
import { note, print } from '../output.ts';
import { askFor, readAll } from '../prompt.ts';

interface LoginOptions {
  username?: string;
  password?: string;
  passwordStdin?: boolean;
}

export default function login(): Command {
  const command = new Command('login')
    .description(
      'Shows a user name and a password to a registry, and keeps them for pulls, pushes and builds to come: with the\n' +
        "credential helper that docker's config.json names, else in that file, which only you can read.",
    )
    .argument('[registry]', 'host of the registry, with its port', 'docker.io')
    .option('-u, --username <name>', 'user name')
    .option('-p, --password <password>', 'password; others may see it in the list of processes')
    .option('--password-stdin', 'read the password from standard input')
    .action((registry: string, options: LoginOptions, self: Command) =>
      withEngine(self, async (engine) => {
        check(options);
        const keychain = new Keychain();
        const known = options.username === undefined ? await keychain.find(registry) : undefined;
        if (known && (await isAccepted(engine, registry, known))) return print('Login Succeeded');
        const account = await accountFrom(options, known?.username ?? '');
        const { status, identityToken } = await engine.imageStore.login({ auth: encodeCredentials(registry, account) });
        const file = await keychain.keep(registry, { ...account, identityToken });
        if (file) note(`WARNING: the secret stands in ${file} as it is; a credential helper would keep it better`);
        await print(status || 'Login Succeeded');
      }),
    );
  return withExamples(command, [
    ['arcbox login registry:5000', 'asks for both'],
    ['arcbox login -u ci --password-stdin registry:5000 < password', 'in a script'],
  ]);
}

function check({ username, password, passwordStdin }: LoginOptions): void {
  if (passwordStdin && password !== undefined) throw invalidArgument('--password and --password-stdin exclude each other');
  if (passwordStdin && !username) throw invalidArgument('--password-stdin needs --username');
  if (password !== undefined) note('WARNING: others may see --password in the list of processes; use --password-stdin');
}

/** Whether what is kept still opens the registry. */
async function isAccepted(engine: Engine, registry: string, known: Credentials): Promise<boolean> {
  note(`Trying the credentials for ${registryHost(registry)} that are kept`);
  try {
    await engine.imageStore.login({ auth: encodeCredentials(registry, known) });
    return true;
  } catch (error) {
    if (!isFailure(error, 'unauthenticated', 'permission-denied') || !process.stdin.isTTY) throw error;
    note('The registry refuses them');
    return false;
  }
}

async function accountFrom(options: LoginOptions, usual: string): Promise<Credentials> {
  const username = options.username ?? ((await askFor(`Username${usual ? ` (${usual})` : ''}: `)) || usual);
  const password = await passwordFrom(options);
  if (!username || !password) throw invalidArgument('a user name and a password are needed');
  return { username, password, identityToken: '' };
}

async function passwordFrom({ password, passwordStdin }: LoginOptions): Promise<string> {
  if (passwordStdin) return (await readAll(process.stdin)).replace(/\r?\n$/, '');
  return password ?? (await askFor('Password: ', { hidden: true }));
}
