import { hello } from '../engine.ts';

/** What happens on both sides before their events are compared. */
export const happenings: readonly string[] = [
  'tag IMG other/app:2',
  'network create tiers',
  'volume create --label of=store data',
  'run --name web --label tier=front --network tiers -v data:/v IMG true',
  'run -d --name web-2 --label tier=back --label of=store --network tiers --health-cmd true --health-interval 500ms IMG sleep 100',
  'exec web-2 sh -c "exit 3"',
  // Until its health is known.
  'exec web-2 sleep 1.2',
  'rename web-2 db',
  'pause db',
  'unpause db',
  'update --memory 64m --memory-swap 64m db',
  'kill -s CONT db',
  'stop -t 1 db',
  'restart -t 1 db',
  'exec db sleep 1.2',
  'rm -f web db',
  'network rm tiers',
  'volume rm data',
  'rmi other/app:2',
];

/** An event in one line: what it is, and to what it happened. */
export const eventFormat = [
  '{{.Type}} {{.Action}}',
  '{{if eq .Type "volume"}}{{.Actor.ID}}{{else}}{{if ne .Type "image"}}{{.Actor.Attributes.name}}{{end}}{{end}}',
  '{{if eq .Action "exec_die"}}{{.Actor.Attributes.exitCode}}{{end}}',
].join(' ');

const repository = hello.replace(/:\w+$/, '');

/** Filters, as `--filter` takes them; the first have most to say. */
export const eventFilters: readonly (readonly string[])[] = [
  [],
  ['container=we'],
  ['event=health_status'],
  [`image=${repository}`],
  ['label=tier', 'label=of=store'],
  ['type=volume'],
  ['network=tie', 'event=connect'],
  ['event=exec_create: sh -c exit 3'],
  ['type=container'],
  ['type=network'],
  ['type=image', 'type=volume'],
  ['event=die'],
  ['event=die', 'event=start'],
  ['type=container', 'event=create'],
  ['event=health_status: healthy'],
  ['event=health_status: unhealthy'],
  ['event=exec_create'],
  ['event=exec_start: sh'],
  ['event=exec_die'],
  ['event=nothing'],
  ['container=web'],
  ['container=db'],
  ['container=web', 'container=db', 'event=start'],
  ['container=eb'],
  [`image=${hello}`],
  ['image=other/app', 'event=tag'],
  ['image=other/app:2', 'event=tag'],
  ['image=othe'],
  ['network=tiers'],
  ['volume=data'],
  ['volume=dat', 'event=mount'],
  ['label=tier'],
  ['label=tier=front'],
  ['label=tier=none'],
  ['scope=local', 'event=rename'],
  ['scope=swarm'],
  ['daemon=nobody'],
  ['type=container', 'network=tiers'],
];

/** Events that are not compared, or only by whether there are any, and why. */
export const eventDifferences = {
  /** docker tells of each health check as of an exec. */
  ofHealthChecks: /^container exec_\w+(: \/bin\/sh -c true)? (web-2|db)( 0| 137)?$/,
  /** docker makes the volume again for a container that names it, and looks at the health anew where ours goes on. */
  repeated: /^(volume create|container health_status)/,
};
