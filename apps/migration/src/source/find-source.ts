import { readFileSync } from 'node:fs';
import { type EngineError, isKind, unavailable } from '@arcbox/errors';
import { candidatesOf, type User } from './candidates.ts';
import { Docker } from './docker.ts';
import { DockerClient } from './docker-client.ts';
import type { Host } from './host-client.ts';

/** People, not services: login.defs(5), UID_MIN and UID_MAX; and root. */
const [firstUser, lastUser] = [1000, 60_000];

/** An engine that answered, and where. */
export interface FoundSource extends AsyncDisposable {
  readonly docker: Docker;
  readonly socket: string;
}

/** The first engine of this kind that answers. UNAVAILABLE names every socket that was tried. */
export async function findSource(host: Host, { kind, socket }: { kind: string; socket: string }, signal: AbortSignal): Promise<FoundSource> {
  const candidates = candidatesOf(kind, socket, usersOfHost());
  const failures: EngineError[] = [];
  for (const candidate of candidates) {
    try {
      const docker = await openSource(host, candidate, signal);
      return { docker, socket: candidate, [Symbol.asyncDispose]: () => docker[Symbol.asyncDispose]() };
    } catch (error) {
      if (!isKind(error, 'unavailable', 'permission-denied', 'invalid-argument')) throw error;
      failures.push(error);
    }
  }
  const [only] = failures;
  if (only && failures.length === 1) throw only;
  throw unavailable(`no engine of kind ${kind} answers at ${candidates.join(', ')}`, failures[0]);
}

/** The engine at a socket; disposing it ends its connections. */
export async function openSource(host: Host, socket: string, signal: AbortSignal): Promise<Docker> {
  await using stack = new AsyncDisposableStack();
  const client = stack.use(new DockerClient(() => host.dial(socket)));
  await client.connect(signal);
  stack.move();
  return new Docker(client);
}

function usersOfHost(): User[] {
  const entries = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const users = entries.map(([, , uid = '', , , home = '']) => ({ uid: Number(uid), home }));
  return users.filter(({ uid, home }) => home.startsWith('/') && (uid === 0 || (uid >= firstUser && uid <= lastUser)));
}
