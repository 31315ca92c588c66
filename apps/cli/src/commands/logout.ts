import { readClientConfig } from '@arcbox/config';
import { notFound } from '@arcbox/errors';
import { Command } from 'commander';
import { keepCredentials, registryHost } from '../credentials.ts';
import { withExamples } from '../help.ts';
import { print } from '../output.ts';

export default function logout(): Command {
  const command = new Command('logout')
    .description('Forgets the user name and the password for a registry.')
    .argument('[registry]', 'host of the registry, with its port', 'docker.io')
    .action(async (registry: string) => {
      if (!keepCredentials(readClientConfig().directory, registry, undefined)) {
        throw notFound(`no credentials for ${registryHost(registry)}`);
      }
      await print(`Forgot the credentials for ${registryHost(registry)}`);
    });
  return withExamples(command, [['arcbox logout registry:5000', 'forget them']]);
}
