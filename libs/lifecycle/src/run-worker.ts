import { build, type Config, nodeIdentity, readConfig, systemUser } from '@arcbox/config';
import { createLogger, type Logger } from '@arcbox/log';
import { isUnprivileged, prepareDirectories } from './directories.ts';
import { openHost, type WorkerHost } from './host.ts';

/** Builds a worker on its host. What it returns stops it. */
export type StartWorker = (host: WorkerHost) => Promise<AsyncDisposable>;

/** A worker that has not stopped by then is ended, in milliseconds. */
const hardStop = 3_500;

/**
 * The life of a worker process: configuration, privileges, start, signal,
 * orderly stop. `prepare` runs while an unprivileged worker still has its
 * privileges; `start` gets what it returns.
 */
export async function runWorker<Prepared = undefined>(
  name: string,
  start: (host: WorkerHost, prepared: Prepared) => Promise<AsyncDisposable>,
  prepare: (config: Config) => Prepared = () => undefined as Prepared,
): Promise<void> {
  const config = readConfig(name);
  const log = createLogger({ level: config.logLevel, fields: { worker: config.replica, pid: process.pid } });
  // A bug must not leave a half-alive worker: the supervisor starts a fresh one, recovery does the rest.
  process.on('uncaughtException', (error) => die(log, error));
  process.on('unhandledRejection', (error) => die(log, error));
  const stopped = new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  process.umask(0o022);
  prepareDirectories(config);
  nodeIdentity(config.paths);
  const prepared = prepare(config);
  if (isUnprivileged(name)) dropPrivileges(config.user);
  await using stack = new AsyncDisposableStack();
  const host = stack.use(openHost(config, log));
  stack.use(await start(host, prepared));
  log.info({ version: build.version, uid: process.getuid?.() }, 'started');
  const signal = await stopped;
  log.info({ signal }, 'stopping');
  setTimeout(() => {
    log.error('did not stop in time');
    process.exit(1);
  }, hardStop).unref();
  await stack.disposeAsync();
  log.info('stopped');
  process.exit(0);
}

function dropPrivileges(user: string): void {
  if (user === '' || process.getuid?.() !== 0) return;
  const account = systemUser(user);
  if (!account) throw new Error(`no such user: ${user}`);
  process.setgroups?.([]);
  process.setgid?.(account.gid);
  process.setuid?.(account.uid);
}

function die(log: Logger, error: unknown): void {
  log.fatal({ error }, 'unexpected error');
  process.exit(70);
}
