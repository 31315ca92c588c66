import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import type { EventRetention, Paths } from '@arcbox/config';

import type { Account } from './account.ts';
import { readOwn, writeOwn } from './own-file.ts';

/** A nats-server to run, and where it will be. */
export interface Bus {
  /** With its token: whoever has it may connect. */
  readonly url: string;
  readonly config: string;
}

/** What its streams may take together in bytes, unless the event log alone is to be larger; then this much besides. */
const [usualStore, spare] = [16 * 1024 ** 3, 1024 ** 3];

/**
 * Writes the configuration of a nats-server with JetStream that only holders of a token can use. NATS has no unix
 * sockets: the port is a free one of loopback, kept from start to start as long as it is free, and so is the token.
 */
export async function configureBus(paths: Paths, { maxBytes }: EventRetention, account?: Account): Promise<Bus> {
  const store = join(paths.state, 'nats');
  mkdirSync(store, { recursive: true, mode: 0o700 });
  if (account) chownSync(store, account.uid, account.gid);

  const port = await keptPort(join(paths.run, 'nats.port'));
  const token = keptToken(join(paths.run, 'nats.token'), account);
  const config = join(paths.run, 'nats.conf');
  writePrivate(
    config,
    [
      `listen: "127.0.0.1:${port}"`,
      `authorization { token: "${token}" }`,
      `jetstream { store_dir: "${store}", max_memory_store: 64MB, max_file_store: ${Math.max(usualStore, maxBytes + spare)} }`,
      '',
    ].join('\n'),
    account,
  );
  return { url: `nats://${token}@127.0.0.1:${port}`, config };
}

function keptToken(path: string, account?: Account): string {
  const kept = readOwn(path) ?? '';
  if (/^[0-9a-f]{64}$/.test(kept)) return kept;
  const token = randomBytes(32).toString('hex');
  writePrivate(path, `${token}\n`, account);
  return token;
}

async function keptPort(path: string): Promise<number> {
  const port = (await freePort(Number(readOwn(path)) || 0)) ?? (await freePort(0));
  if (port === undefined) throw new Error('no free TCP port on 127.0.0.1 for nats-server');
  writeOwn(path, `${port}\n`, { mode: 0o644 });
  return port;
}

/** `wanted`, or any for 0; undefined when it is taken. */
function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(wanted, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** Readable by ourselves and by the account's group, and never by others. */
function writePrivate(path: string, content: string, account?: Account): void {
  writeOwn(path, content, account ? { mode: 0o640, group: account.gid } : { mode: 0o600 });
}
