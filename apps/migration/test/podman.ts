import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, startProcess } from '@arcbox/testing';
import { makeBase, type SourceEngine } from './dockerd.ts';

const run = promisify(execFile);

/** A podman with its service, private, with the image `base`. */
export async function startPodman(): Promise<SourceEngine> {
  await using stack = new AsyncDisposableStack();
  const root = mkdtempSync(join(tmpdir(), 'abx-podman-'));
  stack.defer(() => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  const socket = join(root, 'podman.sock');
  const places = ['--root', join(root, 'storage'), '--runroot', join(root, 'run'), '--tmpdir', join(root, 'tmp'), '--network-config-dir', join(root, 'networks')];
  const options = [...places, '--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--events-backend', 'file'];
  const command = async (...args: string[]): Promise<string> => (await run('podman', [...options, ...args], { timeout: 60_000, maxBuffer: 1 << 28 })).stdout.trim();
  const service = stack.use(await startProcess('podman', [...options, 'system', 'service', '--time', '0', `unix://${socket}`]));
  await eventually(() => run('podman', ['--url', `unix://${socket}`, 'version'], { timeout: 60_000 }).catch(() => Promise.reject(new Error(service.output()))));
  stack.defer(async () => void (await command('rm', '-a', '-f', '-v')));
  const archive = makeBase(root);
  execFileSync('podman', [...options, 'import', '-c', 'ENV PATH=/bin', archive, 'base'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const owned = stack.move();
  return { socket, command, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
