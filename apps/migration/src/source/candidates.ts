import { invalidArgument } from '@arcbox/errors';

/** Sockets of a user's engine are tried for each of these. */
export interface User {
  readonly uid: number;
  readonly home: string;
}

/** Where the Docker-compatible socket of each kind usually is, the likelier first. */
const places: { readonly [kind: string]: (user: User) => readonly string[] } = {
  'docker-desktop': ({ home }) => [`${home}/.docker/desktop/docker.sock`, `${home}/.docker/desktop/docker-cli.sock`, `${home}/.docker/run/docker.sock`],
  orbstack: ({ home }) => [`${home}/.orbstack/run/docker.sock`],
  docker: ({ uid, home }) => ['/var/run/docker.sock', '/run/docker.sock', `/run/user/${uid}/docker.sock`, `${home}/.docker/run/docker.sock`],
  podman: ({ uid }) => ['/run/podman/podman.sock', `/run/user/${uid}/podman/podman.sock`],
  colima: ({ home }) => [`${home}/.colima/default/docker.sock`, `${home}/.colima/docker.sock`, `${home}/.config/colima/default/docker.sock`],
};

/** Kinds that root never runs. */
const usersKinds = new Set(['docker-desktop', 'orbstack', 'colima']);

export const isOfUsers = (kind: string): boolean => usersKinds.has(kind);

/**
 * Sockets to try for a kind of source, each once; a path is its own kind.
 * INVALID_ARGUMENT for a kind that is not known.
 */
export function candidatesOf(kind: string, socket: string, users: readonly User[]): string[] {
  const find = kind.startsWith('/') ? () => [kind] : Object.hasOwn(places, kind) && places[kind];
  if (!find) throw invalidArgument(`unknown source kind: ${JSON.stringify(kind)}; there are ${Object.keys(places).join(', ')}, or the path of a socket`);
  if (socket !== '') return [checked(socket)];
  return [...new Set(users.flatMap(find))].map(checked);
}

function checked(path: string): string {
  if (!path.startsWith('/')) throw invalidArgument(`not the absolute path of a socket: ${path}`);
  return path;
}
