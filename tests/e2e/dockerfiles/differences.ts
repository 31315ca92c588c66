import type { Reference } from './recipe.ts';

/** Path or field of the settings → why it is different; `/v*` is everything that begins with `/v`. */
type Known = { readonly [what: string]: string };

const each = (reason: string, ...names: readonly string[]): Known => Object.fromEntries(names.map((name) => [name, reason]));

const asBuildkit = 'as BuildKit does it';
const asNewer = 'as BuildKit does it since it came into Debian';

/** Layers of dockerd have no entry for the root directory. */
const root = { '/': 'what a layer says of its root is kept' };

/** Docker's clients leave directories out of the context that are excluded but for something below them. */
const implied = 'a directory of the context keeps its time, excluded or not';

/** Where we differ from a builder of dockerd, and why. */
export const differences: { readonly [recipe: string]: { readonly [reference in Reference]?: Known } } = {
  'arg-scopes': { buildkit: each('ENV wins over ARG wherever it stands, as documented', '/after', '/env') },
  'arg-across-stages': { classic: { '/two': 'a stage has the arguments of the stage it is built on, as documented' } },
  'volumes': {
    classic: {
      ...each('RUN writes to the image, not to a volume, as with BuildKit', '/a/run', '/var/data', '/var/data/run'),
      '/c d': 'a volume makes no directory in the image, as with BuildKit',
    },
  },
  'users': { buildkit: each('the first group is among the supplementary ones: CVE-2022-36109', '/root-id', '/tmp/*') },
  'workdirs': { buildkit: { '/x/y': 'the path is cleaned before anything is made' } },
  'workdir-of-a-user': { classic: each('WORKDIR belongs to USER, as with BuildKit', '/home*', '/tmp/said') },
  'healthcheck-none': { classic: { Healthcheck: asBuildkit } },
  'text-after-a-list': {
    classic: each('no list, but a line for the shell, as with newer BuildKit', 'Cmd', 'Entrypoint'),
    buildkit: each('no list, but a line for the shell, as with newer BuildKit', 'Cmd', 'Entrypoint'),
  },
  'copy-modes': {
    classic: {
      ...each('set-id bits are copied, as with BuildKit', '/modes/setgid', '/modes/setuid', '/s'),
      '/var/private': 'the destination keeps its time, as with BuildKit',
    },
  },
  'copy-owners': {
    classic: each('WORKDIR belongs to USER, as with BuildKit', '/home', '/home/app'),
    buildkit: { '/large': 'ids have 32 bits' },
  },
  'copy-owners-of-this-image': { classic: { '/etc': 'mounting files there is no change of it' } },
  'copy-from-stages': {
    classic: { '/owned/s': 'set-id bits outlive --chown, as with BuildKit' },
    buildkit: { '/owned/fifo': asNewer },
  },
  'copy-from-an-image': { classic: { WorkingDir: 'scratch has one, as with BuildKit' } },
  'dockerignore': { command: each(implied, '/all/dir/sub', '/dir/sub') },
  'dockerignore-everything-but': { command: { '/all/dir': implied } },
  'add-archives': {
    classic: each('--chown is of the files of an archive, too, as with newer BuildKit', '/owned*'),
    buildkit: each('--chown is of the files of an archive, too, as with newer BuildKit', '/owned/*'),
  },
  'capabilities': { classic: { '/copied': 'a copy from a stage has its capabilities, as with BuildKit' } },
  'mount-points': {
    classic: { '/listing': 'nothing tells programs that Docker runs them' },
    buildkit: { '/etc/hostname': 'a container has a hostname, as with the classic builder' },
  },
  'root-itself': { classic: root, buildkit: root },
  'copy-chmod': { buildkit: { '/a': '--chmod sets all bits it is given', '/dir': asNewer } },
  'run-mounts': {
    buildkit: each('the places of mounts are no part of the image, as with newer BuildKit', '/base-data', '/cache', '/context', '/in', '/mnt', '/names', '/names-after', '/scratch'),
  },
};
