import type { Line } from './script.ts';

/** What is made, what is pruned then; compared is what is left, and whether it was refused. */
export interface PruneCase {
  readonly name: string;
  readonly lines: readonly (string | Line)[];
  readonly prune: string;
  /** Why docker answers otherwise, where that is meant. */
  readonly difference?: string;
}

const quiet = (text: string): Line => ({ text, quiet: true });
/** An image of its own, without files. */
const image = (label: string, name = ''): Line => ({ text: `import -c "LABEL ${label}" - ${name}`.trim(), input: '\0'.repeat(1024), quiet: true });

const containers = [
  'create --name plain IMG true',
  'run --name test -l env=test IMG true',
  'run --name both -l env=test -l keep=yes IMG true',
  'create --name kept -l keep=yes IMG true',
  quiet('run -d --name runs -l env=test IMG sleep 1000'),
].map((line) => (typeof line === 'string' ? quiet(line) : line));

const networks = [
  'network create plain',
  'network create --label env=test test',
  'network create --label env=test --label keep=yes both',
  'network create used',
  'network create idle',
  'run -d --name runs --network used IMG sleep 1000',
  'create --name stopped --network idle IMG true',
].map(quiet);

const volumes = [
  'volume create',
  'volume create --label env=test',
  'volume create --label env=test --label keep=yes',
  'volume create used',
  'create --name box -v used:/data -v /anonymous IMG true',
].map(quiet);

const images = [
  image('n=1'),
  image('env=test'),
  image('keep=yes'),
  image('env=test keep=yes', 'both:1'),
  image('n=2', 'moved:1'),
  image('n=3', 'moved:1'),
  image('n=4', 'used:1'),
  quiet('create --name box used:1 true'),
  quiet('create --name old IMG true'),
  quiet('commit old child:1'),
];

const label = 'several `label!` keep what has any of them; docker keeps only what has all';
const oldVolumes = 'volumes with a name need -a, as in Docker 23 and later; dockerd 20.10 takes them too';

export const pruneCases: readonly PruneCase[] = [
  ...['', '--filter label=env', '--filter label=env=test', '--filter label=env=other', '--filter label=env --filter label=keep=yes', '--filter label!=keep',
    '--filter label!=keep=no', '--filter label=env --filter label!=keep', '--filter until=1h', '--filter until=1h30m', '--filter until=0s', '--filter until=1700000000',
    '--filter until=4000000000', '--filter until=2001-02-03', '--filter until=2001-02-03T04:05:06Z', '--filter until=2101-02-03T04:05:06.789+01:00',
    '--filter until=yesterday', '--filter until=1d', '--filter until=', '--filter until=1h --filter until=2h', '--filter color=red', '--filter dangling=true',
  ].map((filters) => ({ name: `container prune ${filters}`, lines: containers, prune: `container prune -f ${filters}` })),
  { name: 'container prune with two label!', lines: containers, prune: 'container prune -f --filter label!=keep --filter label!=env', difference: label },
  ...['', '--filter label=env', '--filter label!=keep=yes', '--filter until=1h', '--filter until=0s', '--filter dangling=true', '--filter name=plain'].map((filters) => ({
    name: `network prune ${filters}`, lines: networks, prune: `network prune -f ${filters}`,
  })),
  ...['--filter label=env', '--filter label=env=test --filter label!=keep', '--filter name=x', '--filter dangling=true'].map((filters) => ({
    name: `volume prune ${filters}`, lines: volumes, prune: `volume prune -f ${filters}`,
  })),
  { name: 'volume prune', lines: volumes, prune: 'volume prune -f' },
  { name: 'volume prune, one with a name', lines: [quiet('volume create named'), ...volumes], prune: 'volume prune -f', difference: oldVolumes },
  { name: 'volume prune of old ones', lines: volumes, prune: 'volume prune -f --filter until=0s', difference: 'volumes know when they were made: `until` means what it says; docker refuses it' },
  ...['', '-a', '--filter label=env=test', '-a --filter label=env=test', '-a --filter label!=keep', '--filter until=1h', '-a --filter until=4000000000', '--filter reference=x'].map((filters) => ({
    name: `image prune ${filters}`, lines: images, prune: `image prune -f ${filters}`,
  })),
  {
    name: 'image prune of a used one with several names', lines: [...images, quiet('tag used:1 used:2')], prune: 'image prune -af',
    difference: 'an image that a container uses keeps all its names; dockerd 20.10 leaves it one',
  },
  { name: 'image prune with dangling', lines: images, prune: 'image prune -f --filter dangling=false', difference: '-a says the same; docker also has a filter for it' },
  ...['', '-a', '--filter label=env', '--filter label!=keep', '-a --filter until=1h', '--filter color=red'].map((filters) => ({
    name: `system prune ${filters}`, lines: [...containers, ...networks.slice(0, 3), ...images.slice(0, 6), quiet('volume create')], prune: `system prune -f ${filters}`,
  })),
  { name: 'system prune with volumes', lines: volumes, prune: 'system prune -f --volumes', difference: oldVolumes },
  { name: 'system prune of old volumes', lines: volumes, prune: 'system prune -f --volumes --filter until=1h', difference: 'volumes know when they were made: `until` means what it says; docker refuses it' },
];
