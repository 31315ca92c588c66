import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { statSync } from 'node:fs';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { invalidArgument, messageOf, unavailable } from '@arcbox/errors';
import { isMounted, mount, MountFlag } from '@arcbox/linux';
import { parseOptions, type RemoteMount, type VolumeMount } from './options.ts';

const run = promisify(execFile);

/** A server that does not answer is given up after this; milliseconds. */
const patience = 20_000;

/**
 * Mounts at `mountpoint` what the options of a volume ask for, unless it is
 * mounted. It stays from the volume's creation to its removal, and comes back
 * with the worker after a reboot, so that nobody has to ask for it.
 */
export async function attach(options: { readonly [name: string]: string }, mountpoint: string): Promise<void> {
  const wanted = parseOptions(options);
  if (!wanted || isMounted(mountpoint)) return;
  if ('server' in wanted) await attachRemote(wanted, mountpoint);
  else attachLocal(wanted, mountpoint);
}

function attachLocal({ type, source, flags, data }: VolumeMount, mountpoint: string): void {
  if (type === 'bind' && !statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    throw invalidArgument(`volume options: no such directory: ${source}`);
  }
  try {
    mount({ type, source, target: mountpoint, flags, data });
    // A bind takes its flags from where it comes from; they change in a second step.
    if (type === 'bind' && flags & MountFlag.readonly) {
      mount({ type, source, target: mountpoint, flags: flags | MountFlag.remount, data });
    }
  } catch (error) {
    throw invalidArgument(`volume options: the host refuses the mount: ${messageOf(error)}`, error);
  }
}

/** By another process: the kernel may wait for the server. Without a helper program, since those want daemons of their own. */
async function attachRemote({ type, source, server, words }: RemoteMount, mountpoint: string): Promise<void> {
  const address = isIP(server) ? server : await addressOf(server);
  const options = [`addr=${address}`, ...words].join(',');
  try {
    await run('mount', ['-i', '-t', type, '-o', options, '--', source, mountpoint], { timeout: patience, env: { LC_ALL: 'C.UTF-8', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  } catch (error) {
    const { killed, stderr = '' } = error as { killed?: boolean; stderr?: string };
    if (killed) throw unavailable(`volume options: ${server} does not answer`, error);
    throw invalidArgument(`volume options: the host refuses the mount: ${stderr.trim().replaceAll('\n', '; ') || messageOf(error)}`, error);
  }
}

async function addressOf(server: string): Promise<string> {
  try {
    return (await lookup(server)).address;
  } catch (error) {
    throw invalidArgument(`volume options: the address of ${server} cannot be found`, error);
  }
}
