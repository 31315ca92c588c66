import type { EventsResponse } from '@arcbox/proto/arcbox/engine/v1/system';
import { Command, Option } from 'commander';
import type { Engine } from '../connection.ts';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { toJson } from '../json-text.ts';
import { moment } from '../option-values.ts';
import { note, print } from '../output.ts';
import { formatTimeNano } from '../time.ts';
import type { Fact, Kind } from '../why/fact.ts';
import { kinds } from '../why/fact.ts';
import { findStories, parseName, type ReadFacts } from '../why/find-stories.ts';
import { formatTale, taleToJson, tell } from '../why/tell.ts';

interface WhyOptions {
  json?: boolean;
  since?: number;
  type?: Kind;
}

export default function why(): Command {
  const command = new Command('why')
    .description('Tells what happened to a container, an image, a network or a volume, also to one that is gone, and why.')
    .argument('<name>', 'name, id, or the beginning of an id; container/web for one kind only')
    .option('--json', 'for programs')
    .addOption(new Option('--since <time>', 'only what has happened since a time, or since how long ago (10m)').argParser(moment))
    .addOption(new Option('--type <type>', 'look only for these').choices(kinds))
    .action((text: string, { json, since, type }: WhyOptions, self: Command) =>
      withEngine(self, async (engine) => {
        const { name, types } = parseName(text, type);
        const now = Date.now();
        const { stories, nameOf } = await findStories(reader(engine, since, now), name, types);
        const tales = stories.map((story) => ({ story, tale: tell(story, now, nameOf) }));
        if (json) return await print(toJson(tales.map(({ story, tale }) => taleToJson(story, tale)), 2));
        await print(tales.map(({ story, tale }) => formatTale(story, tale)).join('\n').trimEnd());
      }),
    );
  return withExamples(command, [
    ['arcbox why web', 'why it ended, or has been started again'],
    ['arcbox why volume/data', 'who has removed it'],
    ['arcbox why --json --since 1h web', 'the last hour, for programs'],
  ]);
}

/** Reads the log from `since` (Unix seconds; undefined: its beginning) to `now` (Unix milliseconds). */
function reader(engine: Engine, since: number | undefined, now: number): ReadFacts {
  let isCut = false;
  return async (filters, isWanted = () => true) => {
    const facts: Fact[] = [];
    const range = { since: nanos(Math.max(since ?? 0, 0.001)), until: BigInt(now) * 1_000_000n };
    for await (const response of engine.furtherSystem.events({ ...range, filters: { ...filters } })) {
      if (response.cut && !isCut) {
        isCut = true;
        note(`the log begins ${response.cut.first ? `at ${formatTimeNano(response.cut.first)}` : 'now'}: what was before is forgotten`);
      }
      const fact = toFact(response);
      if (fact && isWanted(fact)) facts.push(fact);
    }
    return facts;
  };
}

const nanos = (seconds: number): bigint => BigInt(Math.floor(seconds * 1000)) * 1_000_000n;

function toFact({ event, cause }: EventsResponse): Fact | undefined {
  if (!event) return undefined;
  const { timeNano, type, action, actor } = event;
  return { timeNano, type, action, id: actor?.id ?? '', attributes: actor?.attributes ?? {}, cause };
}
