import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from './program.ts';

/** A registry with its data in `directory`, gone with it afterwards. The namespace is ours alone, so any port is free. */
export async function startRegistry(directory: string, port: number): Promise<AsyncDisposable & { host: string }> {
  const config = join(directory, 'registry.json');
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'error' },
      storage: { filesystem: { rootdirectory: join(directory, 'data') }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}` },
    }),
  );
  const server = await startServer('docker-registry', ['serve', config], { port, host: '127.0.0.1' });
  return {
    host: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
