import { Command } from 'commander';
import { registryHost } from '../credentials/credentials.ts';
import { Keychain } from '../credentials/keychain.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function logout(): Command {
  const command = new Command('logout')
    .description('Forgets the user name and the password for a registry.')
    .argument('[registry]', 'host of the registry, with its port', 'docker.io')
    .action(async (registry: string) => {
      const forgotten = await new Keychain().forget(registry);
      const host = registryHost(registry);
      await print(forgotten ? `Removing login credentials for ${host}` : `Not logged in to ${host}`);
    });
  return withExamples(command, [['arcbox logout registry:5000', 'forget them']]);
}
