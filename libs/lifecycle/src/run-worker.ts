import { build, type Config, nodeIdentity, readConfig, systemUser } from '@arcbox/config';
import { messageOf } from '@arcbox/errors';
import { createLogger, type Logger } from '@arcbox/log';
import { clearSocket } from '@arcbox/rpc';
import { startTracing } from '@arcbox/tracing';
import { isUnprivileged, prepareDirectories } from './directories.ts';
import { openHost, type WorkerHost } from './host.ts';

/** Builds a worker on its host. What it returns stops it. */
export type StartWorker = (host: WorkerHost) => Promise<AsyncDisposable>;

/** A worker that has not stopped by then is ended, in milliseconds. */
const hardStop = 3_500;

/**
 * The life of a worker process: configuration, privileges, start, signal,
 * orderly stop. `prepare` runs while an unprivileged worker still has its
 * privileges; `start` gets what it returns. Exit codes: 0 stopped in order, 1
 * could not start or stop, 70 a bug.
 */
export async function runWorker<Prepared = undefined>(
  name: string,
  start: (host: WorkerHost, prepared: Prepared) => Promise<AsyncDisposable>,
  prepare: (config: Config) => Prepared = () => undefined as Prepared,
): Promise<void> {
  let log = createLogger({ level: 'info', fields: { worker: name, pid: process.pid } });
  // A bug must not leave a half-alive worker: the supervisor starts a fresh one, recovery does the rest.
  process.on('uncaughtException', (error) => die(log, error));
  process.on('unhandledRejection', (error) => die(log, error));
  const stopped = stopSignal(() => log);
  try {
    const config = readConfig(name);
    log = createLogger({ level: config.logLevel, fields: { worker: config.replica, pid: process.pid } });
    process.umask(0o022);
    prepareDirectories(config);
    nodeIdentity(config.paths);
    const prepared = prepare(config);
    await using stack = new AsyncDisposableStack();
    // Its code may be where only root can read.
    if (config.tracing) stack.use(await startTracing(config.tracing, { worker: name, replica: config.replica, version: build.version }, log));
    if (isUnprivileged(name)) await dropPrivileges(config);
    const host = stack.use(openHost(config, log));
    stack.use(await start(host, prepared));
    log.info({ version: build.version, uid: process.getuid?.() }, 'started');
    await stopped;
  } catch (error) {
    log.fatal({ error }, messageOf(error));
    process.exit(1);
  }
  log.info('stopped');
  process.exit(0);
}

/** Resolves at the first signal to stop. From then on the worker has its time, also if it is still starting. */
function stopSignal(log: () => Logger): Promise<void> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      log().info({ signal }, 'stopping');
      setTimeout(() => {
        log().error('did not stop in time');
        process.exit(1);
      }, hardStop).unref();
      resolve();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  });
}

async function dropPrivileges({ user, worker, replica, paths }: Config): Promise<void> {
  if (user === '' || process.getuid?.() !== 0) return;
  const account = systemUser(user);
  if (!account) throw new Error(`no such user: ${user}`);
  // What a crash left when the worker ran as root, its user could not remove.
  for (const path of [paths.workerSocket(replica), ...(worker === 'gateway' ? [paths.gatewaySocket] : [])]) {
    await clearSocket(path);
  }
  process.setgroups?.([]);
  process.setgid?.(account.gid);
  process.setuid?.(account.uid);
}

function die(log: Logger, error: unknown): void {
  log.fatal({ error }, 'unexpected error');
  process.exit(70);
}
