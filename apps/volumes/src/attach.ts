import { isIP } from 'node:net';
import { invalidArgument, messageOf, unavailable } from '@arcbox/errors';
import { isMounted, mount, ProgramHangs, runProgram } from '@arcbox/linux';
import { type BindMount, type MemoryMount, parseOptions, type RemoteMount } from './options.ts';

/** A server that does not answer is given up after this; milliseconds. Those who start containers wait a little longer. */
const patience = 15_000;

/**
 * Mounts at `mountpoint` what the options of a volume ask for, unless it is
 * mounted. It stays from the volume's creation to its removal, and comes back
 * with the worker after a reboot, so that nobody has to ask for it.
 */
export async function attach(
  options: { readonly [name: string]: string },
  mountpoint: string,
  signal?: AbortSignal,
): Promise<void> {
  const wanted = parseOptions(options);
  if (!wanted || isMounted(mountpoint)) return;
  if (wanted.type === 'tmpfs') attachMemory(wanted, mountpoint);
  else if (wanted.type === 'bind') await attachBind(wanted, mountpoint, signal);
  else await attachRemote(wanted, mountpoint, signal);
}

function attachMemory({ type, flags, data }: MemoryMount, mountpoint: string): void {
  try {
    mount({ type, source: type, target: mountpoint, flags, data });
  } catch (error) {
    throw refusal(error);
  }
}

/** The directory may be on a file system of a server. */
async function attachBind({ source, words }: BindMount, mountpoint: string, signal: AbortSignal | undefined): Promise<void> {
  await runMount(['-o', words.join(','), '--', source, mountpoint], source, signal);
}

/** Without a helper program, since those want daemons of their own. */
async function attachRemote(
  { type, source, server, words }: RemoteMount,
  mountpoint: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const address = isIP(server) ? server : await addressOf(server, signal);
  const options = [`addr=${address}`, ...words].join(',');
  await runMount(['-i', '-t', type, '-o', options, '--', source, mountpoint], server, signal);
}

/** By another process: the kernel may wait for whoever is asked. */
async function runMount(args: readonly string[], asked: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await runProgram('mount', args, { patience, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProgramHangs) throw unavailable(`volume options: ${asked} does not answer`, error);
    throw refusal(error);
  }
}

function refusal(error: unknown): Error {
  return invalidArgument(`volume options: the host refuses the mount: ${messageOf(error)}`, error);
}

async function addressOf(server: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    const [address = ''] = (await runProgram('getent', ['ahosts', '--', server], { patience, signal })).split(/\s/);
    return address;
  } catch (error) {
    signal?.throwIfAborted();
    throw invalidArgument(`volume options: the address of ${server} cannot be found`, error);
  }
}
