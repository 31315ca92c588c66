import { actionWithDetail } from '@arcbox/filters';
import type { Cause } from '@arcbox/proto/arcbox/engine/v1/system';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { Command, Option } from 'commander';
import { withEngine } from '../engine.ts';
import { eventStream } from '../event-stream.ts';
import { collectFilter, type Filters, toFilterMap } from '../filters.ts';
import { withExamples } from '../help.ts';
import { mapFrom } from '../inspect/shape.ts';
import { toJson } from '../json-text.ts';
import { momentNano } from '../option-values.ts';
import { print } from '../output.ts';
import { parseTemplate } from '../template/template.ts';
import { formatTimeNano } from '../time.ts';

interface EventsOptions {
  since?: bigint;
  until?: bigint;
  cursor?: string;
  filter?: Filters;
  format?: string;
}

export default function events(): Command {
  const command = new Command('events')
    .description('Shows what happens to containers, images, networks and volumes, until Ctrl-C or --until.')
    .addOption(
      new Option('--since <time>', 'first what has happened since a time, or since how long ago (10m)').argParser(
        momentNano,
      ),
    )
    .addOption(new Option('--until <time>', 'end at a time, or at how long ago').argParser(momentNano))
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'only some: type=container, event=die, container=web, image=nginx, label=a=b …',
      ).argParser(collectFilter),
    )
    .addOption(new Option('--cursor <cursor>', 'go on after the event that had this {{.Cursor}}').conflicts('since'))
    .option('--format <format>', 'json, or a Go template such as {{.Type}} {{.Action}}')
    .action(({ since = 0n, until = 0n, cursor = '', filter, format: wanted }: EventsOptions, self: Command) => {
      const format = formatter(wanted);
      return withEngine(self, async (engine) => {
        const stream = eventStream(engine, { since, until, cursor, filters: toFilterMap(filter) });
        for await (const { event, cursor: place, cause } of stream) if (event) await print(format(new DockerEvent(event, place, cause)));
      });
    });
  return withExamples(command, [
    ['arcbox events', 'what happens from now on'],
    ['arcbox events --since 1h --until 0s', 'what happened in the last hour'],
    ['arcbox events -f type=container -f event=die', 'containers that end'],
    ["arcbox events --format '{{json .}}'", 'for programs'],
    ["arcbox events --format '{{.Action}} {{.Cursor}}'", 'with what --cursor takes, to go on there another time'],
  ]);
}

function formatter(format: string | undefined): (event: DockerEvent) => string {
  if (!format) return formatEvent;
  return format === 'json' ? toJson : parseTemplate(format);
}

/** `<time> container start <id> (image=busybox, name=web)` */
function formatEvent({ Type, Action, Actor, TimeNano }: DockerEvent): string {
  const attributes = Object.entries(Actor.Attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='));
  const details = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  return `${formatTimeNano(TimeNano)} ${Type} ${Action} ${Actor.ID}${details}`;
}

/** An event under the names that docker's templates use, and ours for the rest; as JSON it has those of docker's API. */
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
  readonly Cursor: string;
  readonly Cause: { readonly RequestID: string; readonly Method: string; readonly Client: string; readonly Traceparent: string };

  constructor({ type, action, actor, timeNano }: Event, cursor: string, cause: Cause | undefined) {
    const hasStatus = type === 'container' || type === 'image';
    this.Type = type;
    this.Action = actionWithDetail(action, actor?.attributes);
    this.Actor = { ID: actor?.id ?? '', Attributes: mapFrom(actor?.attributes) };
    this.ID = hasStatus ? this.Actor.ID : '';
    this.Status = hasStatus ? this.Action : '';
    this.From = (hasStatus && this.Actor.Attributes['image']) || '';
    this.Time = Number(timeNano / 1_000_000_000n);
    this.TimeNano = timeNano;
    this.Cursor = cursor;
    const { requestId = '', method = '', client = '', traceparent = '' } = cause ?? {};
    this.Cause = { RequestID: requestId, Method: method, Client: client, Traceparent: traceparent };
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
      cursor: this.Cursor,
      ...(this.Cause.RequestID ? { cause: this.Cause } : {}),
    };
  }
}

/** A JSON number with all digits, which a JavaScript number would round. */
function exactNumber(value: bigint): object {
  return (JSON as unknown as { rawJSON(text: string): object }).rawJSON(String(value));
}
