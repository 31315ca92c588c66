import { readFileSync } from 'node:fs';
import { type EngineError, failedPrecondition, isKind, unavailable } from '@arcbox/errors';
import { candidatesOf, isOfUsers, type User } from './candidates.ts';
import { Docker } from './docker.ts';
import { DockerClient } from './docker-client.ts';
import type { Host } from './host-client.ts';
import type { Listener } from './listener.ts';

/** People, not services: login.defs(5), UID_MIN and UID_MAX; and root. */
const [firstUser, lastUser] = [1000, 60_000];

/** An engine that answered, and where. */
export interface FoundSource extends AsyncDisposable {
  readonly docker: Docker;
  readonly socket: string;
}

/** What is asked for: an empty socket is the usual one of the kind. */
export interface SourceWish {
  readonly kind: string;
  readonly socket: string;
}

/**
 * The engine at the socket that is named, or that of root, or the only user's of a
 * kind that users run. UNAVAILABLE names every socket that was tried;
 * FAILED_PRECONDITION those that would have to be named.
 */
export async function findSource(
  host: Host,
  wish: SourceWish,
  signal: AbortSignal,
  candidates = candidatesOf(wish.kind, wish.socket, usersOfHost()),
): Promise<FoundSource> {
  const isNamed = wish.socket !== '' || wish.kind.startsWith('/');
  const failures: EngineError[] = [];
  const ofUsers = new Map<number, string>();
  for (const socket of candidates) {
    try {
      const docker = await openSource(host, socket, signal);
      if (isNamed || docker.listener.uid === 0) return found(docker, socket);
      await docker[Symbol.asyncDispose]();
      if (!ofUsers.has(docker.listener.uid)) ofUsers.set(docker.listener.uid, socket);
    } catch (error) {
      if (!isKind(error, 'unavailable', 'permission-denied', 'invalid-argument')) throw error;
      failures.push(error);
    }
  }
  const [theirs] = ofUsers.values();
  if (theirs !== undefined) {
    if (ofUsers.size > 1 || !isOfUsers(wish.kind)) throw mustBeNamed(wish.kind, ofUsers);
    return found(await openSource(host, theirs, signal), theirs);
  }
  const [only] = failures;
  if (only && failures.length === 1) throw only;
  throw unavailable(`no engine of kind ${wish.kind} answers at ${candidates.join(', ')}`, failures[0]);
}

const found = (docker: Docker, socket: string): FoundSource => ({ docker, socket, [Symbol.asyncDispose]: () => docker[Symbol.asyncDispose]() });

/** What a user runs may say anything: whoever takes it over has to mean it. */
function mustBeNamed(kind: string, ofUsers: ReadonlyMap<number, string>): EngineError {
  const places = [...ofUsers].map(([uid, socket]) => `${socket} of user ${uid}`);
  return failedPrecondition(`root runs no engine of kind ${kind}; name the socket that is meant: ${places.join(', ')}`);
}

/** The engine that a plan is of. FAILED_PRECONDITION when another one answers at its socket now. */
export async function openPlanned(host: Host, { socket, listener }: { socket: string; listener?: Listener }, signal: AbortSignal): Promise<Docker> {
  const docker = await openSource(host, socket, signal);
  if (listener && isSame(docker.listener, listener)) return docker;
  await docker[Symbol.asyncDispose]();
  throw failedPrecondition(`the engine at ${socket} is not that of the plan: make another`);
}

const isSame = (one: Listener, other: Listener): boolean => one.uid === other.uid && one.isHosts === other.isHosts;

/** The engine at a socket; disposing it ends its connections. All of these lead to the same user. */
export async function openSource(host: Host, socket: string, signal: AbortSignal): Promise<Docker> {
  await using stack = new AsyncDisposableStack();
  let known: Listener | undefined;
  const dial = async () => {
    const { listener, stream } = await host.dial(socket);
    known ??= listener;
    if (isSame(listener, known)) return stream;
    stream.destroy();
    throw failedPrecondition(`at ${socket} another engine answers than before`);
  };
  const client = stack.use(new DockerClient(dial));
  await client.connect(signal);
  if (!known) throw unavailable(`nobody answers at ${socket}`);
  stack.move();
  return new Docker(client, known);
}

function usersOfHost(): User[] {
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const users = entries.map(([, , uid = '', , , home = '']) => ({ uid: Number(uid), home }));
  return users.filter(({ uid, home }) => home.startsWith('/') && (uid === 0 || (uid >= firstUser && uid <= lastUser)));
}
