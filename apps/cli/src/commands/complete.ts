import { Command } from 'commander';
import { candidatesFor, type Candidate } from '../candidates.ts';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { write } from '../output.ts';
import { buildProgram, commandIn } from '../program.ts';

/** `arcbox __complete -- words…`: what may stand in place of the last word, `candidate<TAB>meaning` a line. */
export default function complete(): Command {
  return new Command('__complete')
    .argument('[words...]')
    .action(async (words: string[], _options: object, self: Command) => {
      const named = commandIn(words.slice(0, -1));
      const program = await buildProgram(named === undefined ? [] : [named]);
      const { fixed, names } = candidatesFor(program, words);
      const found = names ? await withEngine(self, (engine) => finders[names](engine)).catch(() => []) : [];
      const last = words.at(-1) ?? '';
      const matching = [...fixed, ...found].filter(({ text }) => text.startsWith(last));
      await write(process.stdout, matching.map(({ text, meaning }) => `${text}\t${meaning}\n`).join(''));
    });
}

const finders: Readonly<
  Record<'container' | 'image' | 'network' | 'volume', (engine: Engine) => Promise<Candidate[]>>
> = {
  container: async (engine) => {
    const { containers } = await engine.containers.list({ all: true }, { deadline: 1_000 });
    return containers.flatMap(({ names, image }) =>
      names.map((name) => ({ text: name.replace(/^\//, ''), meaning: image })),
    );
  },
  image: async (engine) => {
    const { images } = await engine.images.list({}, { deadline: 1_000 });
    return images.flatMap(({ repoTags }) => repoTags.map((text) => ({ text, meaning: 'image' })));
  },
  network: async (engine) => {
    const { networks } = await engine.networks.list({}, { deadline: 1_000 });
    return networks.map(({ name, driver }) => ({ text: name, meaning: driver }));
  },
  volume: async (engine) => {
    const { volumes } = await engine.volumes.list({}, { deadline: 1_000 });
    return volumes.map(({ name, driver }) => ({ text: name, meaning: driver }));
  },
};
