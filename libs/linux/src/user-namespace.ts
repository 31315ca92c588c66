import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

/** The lines of `uid_map` and `gid_map`: user_namespaces(7). */
export interface NamespaceMaps {
  readonly uids: string;
  readonly gids: string;
}

/** It answers in milliseconds; only ends what hangs. */
const deadline = 20_000;

/**
 * Makes a user namespace and returns a descriptor of it, the caller's to close:
 * with the last one it goes. Throws with the words of unshare(1) where the host
 * has none to give.
 */
export async function createUserNamespace({ uids, gids }: NamespaceMaps): Promise<number> {
  return withNewNamespaces('unshare', ['--user'], (proc) => {
    writeFileSync(`${proc}/uid_map`, uids);
    writeFileSync(`${proc}/gid_map`, gids);
    return openSync(`${proc}/ns/user`, 'r');
  });
}

/**
 * Runs a program of namespaces(7), such as unshare(1), that makes some and goes on
 * to what follows its options. `use` gets the directory in /proc of a process that
 * is in them and lives no longer than `use`, which takes no pause.
 */
export async function withNewNamespaces<R>(program: string, options: readonly string[], use: (proc: string) => R): Promise<R> {
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
  const child = spawn(program, [...options, 'cat'], { env, stdio: ['pipe', 'pipe', 'pipe'], timeout: deadline });
  const { stdin, stdout, stderr } = child as ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable };
  let said = '';
  stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1024)));
  const ended = once(child, 'close');
  // The failure of a program that cannot be started is told below.
  ended.catch(() => {});
  try {
    // What `cat` gives back was read in the new namespaces.
    stdin.on('error', () => {}).write('.');
    const [byte] = (await Promise.race([once(stdout, 'data'), ended])) as [unknown];
    if (!Buffer.isBuffer(byte)) throw new Error(said.trim() || `${program} ended without a word`);
    return use(`/proc/${child.pid}`);
  } finally {
    stdin.end();
    await ended.catch(() => {});
  }
}
