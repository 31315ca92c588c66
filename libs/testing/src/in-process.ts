import type { Config } from '@arcbox/config';
import { openHost, prepareDirectories, type StartWorker, type WorkerHost } from '@arcbox/lifecycle';
import { createLogger, silentLogger } from '@arcbox/log';
import type { TemporaryRoot } from './temporary-root.ts';

export interface InProcess extends AsyncDisposable {
  readonly host: WorkerHost;
}

/** A worker in this process on a temporary root, wired as `main.ts` would. `ARCBOX_LOG_LEVEL` makes it talk. */
export async function startInProcess(
  worker: string,
  start: StartWorker,
  options: { root: TemporaryRoot; natsUrl: string; replica?: string },
): Promise<InProcess> {
  const level = process.env['ARCBOX_LOG_LEVEL'];
  const config: Config = {
    worker,
    replica: `${worker}-${options.replica ?? '0'}`,
    paths: options.root.paths,
    natsUrl: options.natsUrl,
    logLevel: level ?? 'silent',
    user: '',
  };
  prepareDirectories(config);
  const log = level ? createLogger({ level, fields: { worker: config.replica } }) : silentLogger;
  const stack = new AsyncDisposableStack();
  try {
    const host = stack.use(openHost(config, log));
    stack.use(await start(host));
    return { host, [Symbol.asyncDispose]: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
