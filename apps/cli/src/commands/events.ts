import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { collectFilter, type Filters, toFilterMap } from '../filters.ts';
import { withExamples } from '../help.ts';
import { mapFrom } from '../inspect/shape.ts';
import { toJson } from '../json-text.ts';
import { moment } from '../option-values.ts';
import { print } from '../output.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { formatTimeNano, sinceSeconds, untilSeconds } from '../time.ts';

interface EventsOptions {
  since?: number;
  until?: number;
  filter?: Filters;
  format?: string;
}

export default function events(): Command {
  const command = new Command('events')
    .description('Shows what happens to containers, images, networks and volumes, until Ctrl-C or --until.')
    .addOption(
      new Option('--since <time>', 'first what has happened since a time, or since how long ago (10m)').argParser(
        moment,
      ),
    )
    .addOption(new Option('--until <time>', 'end at a time, or at how long ago').argParser(moment))
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'only some: type=container, event=die, container=web, image=nginx, label=a=b …',
      ).argParser(collectFilter),
    )
    .option('--format <format>', 'json, or a Go template such as {{.Type}} {{.Action}}')
    .action((options: EventsOptions, self: Command) => {
      const format = formatter(options.format);
      return withEngine(self, async (engine) => {
        const stream = engine.system.events({
          since: options.since === undefined ? 0n : sinceSeconds(options.since),
          until: options.until === undefined ? 0n : untilSeconds(options.until),
          filters: toFilterMap(options.filter),
        });
        for await (const event of stream) await print(format(event));
      });
    });
  return withExamples(command, [
    ['arcbox events', 'what happens from now on'],
    ['arcbox events --since 1h --until 0s', 'what happened in the last hour'],
    ['arcbox events -f type=container -f event=die', 'containers that end'],
    ["arcbox events --format '{{json .}}'", 'for programs'],
  ]);
}

function formatter(format: string | undefined): (event: Event) => string {
  if (!format) return formatEvent;
  const template: Template = format === 'json' ? toJson : parseTemplate(format);
  return (event) => template(new DockerEvent(event));
}

/** `<time> container start <id> (image=busybox, name=web)` */
function formatEvent({ type, action, actor, timeNano }: Event): string {
  const attributes = Object.entries(actor?.attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='));
  const details = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${formatTimeNano(timeNano)} ${type} ${action} ${actor?.id ?? ''}${details}`;
}

/** An event under the names that docker's templates use; as JSON it has those of docker's API. */
class DockerEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly Scope = 'local';
  readonly ID: string;
  readonly Status: string;
  readonly From: string;
  readonly Time: number;
  readonly TimeNano: bigint;

  constructor({ type, action, actor, timeNano }: Event) {
    const hasStatus = type === 'container' || type === 'image';
    this.Type = type;
    this.Action = action;
    this.Actor = { ID: actor?.id ?? '', Attributes: mapFrom(actor?.attributes) };
    this.ID = hasStatus ? this.Actor.ID : '';
    this.Status = hasStatus ? action : '';
    this.From = (hasStatus && this.Actor.Attributes['image']) || '';
    this.Time = Number(timeNano / 1_000_000_000n);
    this.TimeNano = timeNano;
  }

  toJSON(): object {
    return {
      ...(this.ID ? { status: this.Status, id: this.ID, from: this.From } : {}),
      Type: this.Type,
      Action: this.Action,
      Actor: this.Actor,
      scope: this.Scope,
      time: this.Time,
      timeNano: exactNumber(this.TimeNano),
    };
  }
}

/** A JSON number with all digits, which a JavaScript number would round. */
function exactNumber(value: bigint): object {
  return (JSON as unknown as { rawJSON(text: string): object }).rawJSON(String(value));
}
