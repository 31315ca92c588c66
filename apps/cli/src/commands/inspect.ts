import { invalidArgument, notFound } from '@arcbox/errors';
import { Command, Option } from 'commander';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { isFailure } from '../failure.ts';
import { withExamples } from '../help.ts';
import { containerToDocker } from '../inspect/container.ts';
import { imageToDocker } from '../inspect/image.ts';
import { networkToDocker } from '../inspect/network.ts';
import { printInspected } from '../inspect/print.ts';
import { volumeToDocker } from '../inspect/volume.ts';

interface InspectOptions {
  format?: string;
  type?: string;
  size?: boolean;
}

/** Looks for all kinds of objects, or for one kind only. */
export default function inspect(only?: string): Command {
  const command = new Command('inspect')
    .description(
      `Shows everything known about ${only ? `${only}s` : 'containers, images, networks or volumes'}, as JSON.`,
    )
    .argument('<name...>', 'ids or names')
    .option('-f, --format <format>', 'json, or a Go template such as {{.State.Status}}')
    .addOption(
      new Option('--type <type>', 'look only for these')
        .choices(Object.keys(finders))
        .default(only)
        .hideHelp(Boolean(only)),
    )
    .option('-s, --size', 'with sizes, where there are any')
    .action((names: string[], { format, type, size = false }: InspectOptions, self: Command) =>
      withEngine(self, (engine) => printInspected(names, format, (name) => findObject(engine, name, { type, size }))),
    );
  return withExamples(command, [
    ['arcbox inspect web', 'all of it'],
    ["arcbox inspect -f '{{.State.Status}} {{.State.ExitCode}}' web", 'only what you need'],
    ["arcbox inspect -f '{{json .Config.Env}}' nginx", 'a part, as JSON'],
  ]);
}

/** Kinds of objects in the order in which a name is looked up. */
const finders: Readonly<Record<string, (engine: Engine, id: string, size: boolean) => Promise<object>>> = {
  container: async (engine, id, size) => containerToDocker(await engine.furtherContainers.inspect({ id, size }), size),
  image: async (engine, id) => {
    const info = await engine.images.inspect({ id });
    const { config } = await engine.imageStore.resolve({ image: info.id });
    return imageToDocker(info, config);
  },
  network: async (engine, id) => networkToDocker(await engine.networks.inspect({ id })),
  volume: async (engine, name) => volumeToDocker(await engine.volumes.inspect({ name })),
};

async function findObject(
  engine: Engine,
  name: string,
  { type, size }: { type?: string; size: boolean },
): Promise<object> {
  const find = type === undefined ? undefined : finders[type];
  if (find) return find(engine, name, size);
  let ambiguous: unknown;
  for (const [kind, find] of Object.entries(finders)) {
    try {
      return await find(engine, name, size);
    } catch (error) {
      // What is no proper image reference may still be a volume; an ambiguous container id is told when nothing else fits.
      if (kind === 'container' && isFailure(error, 'invalid-argument')) ambiguous = error;
      if (!isFailure(error, 'not-found', 'invalid-argument', 'unimplemented')) throw error;
    }
  }
  throw ambiguous ?? (name ? notFound(`no such object: ${name}`) : invalidArgument('a name is missing'));
}
