import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startProcess } from '@arcbox/testing';

const run = promisify(execFile);

/** An engine to bring things over from; all that it keeps is private, and so is its network. */
export interface SourceEngine extends AsyncDisposable {
  readonly socket: string;
  /** Its command: what it prints. */
  command(...args: string[]): Promise<string>;
}

/** A dockerd in a network namespace of its own, with the image `base`; `hidden`: nobody else sees its files. */
export async function startDockerd({ hidden = false }: { hidden?: boolean } = {}): Promise<SourceEngine> {
  await using stack = new AsyncDisposableStack();
  const root = mkdtempSync(join(tmpdir(), 'abx-docker-'));
  stack.defer(() => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const socket = join(root, 'docker.sock');
  // vfs: there is nothing to unmount.
  const options = ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--storage-driver', 'vfs', '--experimental=false'];
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid'), '-H', `unix://${socket}`];
  const script = hidden ? `mkdir -p "$1/data"; mount -t tmpfs tmpfs "$1/data"; shift; exec dockerd "$@"` : 'shift; exec dockerd "$@"';
  const namespaces = hidden ? ['--net', '--mount'] : ['--net'];
  const daemon = stack.use(await startProcess('unshare', [...namespaces, 'sh', '-euc', script, 'sh', root, ...options, ...places]));
  const command = async (...args: string[]): Promise<string> => (await run('docker', ['-H', `unix://${socket}`, ...args], { timeout: 60_000, maxBuffer: 1 << 28 })).stdout.trim();
  await eventually(() => command('version').catch((error: unknown) => Promise.reject(new Error(`${String(error)}\n${daemon.output()}`))));
  stack.defer(async () => {
    const all = (await command('ps', '-aq')).split('\n').filter((id) => id !== '');
    if (all.length > 0) await command('rm', '-f', '-v', ...all);
  });
  const changes = ['CMD ["sh","-c","trap exit TERM; sleep 10000 & wait"]', 'ENV PATH=/bin'].flatMap((change) => ['-c', change]);
  await command('import', ...changes, makeBase(root), 'base');
  const owned = stack.move();
  return { socket, command, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The archive of a file system: busybox with all its commands, from the host's static one. */
export function makeBase(root: string): string {
  const script = `mkdir -p base/bin base/tmp base/etc; cp /bin/busybox base/bin/; for c in $(/bin/busybox --list | grep -vx busybox); do ln -sf busybox "base/bin/$c"; done
    printf old > base/etc/old; printf gone > base/etc/gone; tar -C base -cf base.tar .; rm -r base`;
  execFileSync('sh', ['-euc', script], { cwd: root });
  return join(root, 'base.tar');
}
