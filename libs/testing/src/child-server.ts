import { type ChildProcess, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server as a child process; disposing ends it. */
export interface ChildServer extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed, both streams. */
  readonly output: () => string;
  /** Ends it with a signal and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts `command` and waits until it accepts connections on the loopback `port`. */
export async function startProcess(
  command: string,
  args: string[],
  options: { port?: number; env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<ChildServer> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
  });
  let output = '';
  const collect = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-64 * 1024));
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const failure = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${command} ended (${code ?? signal}): ${output}`)));
  });
  failure.catch(() => {});
  const server: ChildServer = {
    pid: child.pid ?? 0,
    output: () => output,
    kill: (signal = 'SIGTERM') => end(child, signal),
    [Symbol.asyncDispose]: () => end(child, 'SIGTERM'),
  };
  if (options.port !== undefined) await Promise.race([failure, accepts(options.port, child)]);
  return server;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exited;
  clearTimeout(hard);
}

async function accepts(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.unref();
      socket.once('connect', () => socket.destroy());
    });
    if (connected) return;
    await sleep(20);
  }
}
