import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { addAbortSignal } from 'node:stream';
import { dataLoss, unavailable } from '@arcbox/errors';
import { plainEnvironment } from '@arcbox/linux';
import { comingInTime } from '@arcbox/stream';

/** A server that gives nothing for so long is given up; milliseconds. */
const silence = 60_000;

/** Programs say the important things first; bytes of stderr that are kept. */
const maxComplaint = 2048;

/** tar(1): files changed while they were read. */
const someChanged = 1;

const args = ['--create', '--file=-', '--format=posix', '--numeric-owner', '--sort=name', '--sparse', '--xattrs', '--xattrs-include=*', '--one-file-system'];

/**
 * A directory as a plain tar archive, read by another process: the kernel may
 * keep that waiting for a server, for ever. UNAVAILABLE when nothing comes.
 */
export async function* readForeign(directory: string, signal: AbortSignal, patience = silence): AsyncGenerator<Buffer, void, undefined> {
  const child = spawn('tar', [...args, '-C', directory, '.'], { env: plainEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  exited.catch(() => {});
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, maxComplaint)));
  const late = (): Error => unavailable(`the directory has given nothing for ${patience / 1000} s`);
  try {
    yield* comingInTime<Buffer>(addAbortSignal(signal, child.stdout), { milliseconds: patience, late });
    const [code] = await exited;
    if (code !== 0 && code !== someChanged) throw dataLoss(`not all of the directory can be read: ${complaint.trim()}`);
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}
