import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChildServer, startProcess } from './child-server.ts';
import { freePort } from './free-port.ts';

export interface NatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Ends the server and keeps its files. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, on the same port and files. */
  start(): Promise<void>;
  /** Removes the files of the stopped server. */
  erase(): void;
}

/** A private nats-server with JetStream. */
export async function startNats(): Promise<NatsServer> {
  const store = mkdtempSync(join(tmpdir(), 'abx-nats-'));
  const port = await freePort();
  let server: ChildServer | undefined;
  const start = async (): Promise<void> => {
    server = await startProcess('nats-server', ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', store], { port });
  };
  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    start,
    stop: async (signal) => server?.kill(signal),
    erase: () => rmSync(store, { recursive: true, force: true }),
    async [Symbol.asyncDispose]() {
      await server?.[Symbol.asyncDispose]();
      rmSync(store, { recursive: true, force: true });
    },
  };
}
