import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startProcess } from '@arcbox/testing';
import { type CommandResult, runCommand } from '../engine.ts';
import { unmountBelow } from '../mounts.ts';

/** Another engine on this host, to bring things over from. */
export interface Source extends AsyncDisposable {
  readonly socket: string;
  /** Runs its command; never throws for an exit code. */
  command(...args: string[]): Promise<CommandResult>;
  /** The same, expects success, returns its trimmed output. */
  ok(...args: string[]): Promise<string>;
  /** Makes an image of a directory, with instructions of a Dockerfile. */
  image(name: string, directory: string, ...changes: string[]): Promise<void>;
}

type Run = (...args: string[]) => Promise<CommandResult>;

/**
 * A private dockerd on the network of the host. It publishes ports by its own processes and leaves rules alone. Its storage is
 * vfs by default, for that works in whatever holds the temporary directory.
 */
export async function startDockerd(root: string, { storageDriver = 'vfs' } = {}): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  stack.defer(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  // It leaves the namespace of networks of the host behind, and of some storage what it is mounted on.
  stack.defer(() => unmountBelow(root));
  const socket = join(root, 'docker.sock');
  const options = ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--storage-driver', storageDriver];
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
  const daemon = stack.use(await startProcess('dockerd', [...options, ...places, '-H', `unix://${socket}`]));
  const command: Run = (...args) => runCommand('docker', args, { env: { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(root, 'config') } });
  await eventually(async () => {
    const { code, stderr } = await command('version');
    if (code !== 0) throw new Error(`${stderr}\n${daemon.output()}`);
  });
  return sourceOf(socket, command, stack.move());
}

/** A private podman with its service. */
export async function startPodman(root: string): Promise<Source> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  stack.defer(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const socket = join(root, 'podman.sock');
  const places = ['--root', join(root, 'storage'), '--runroot', join(root, 'run'), '--tmpdir', join(root, 'tmp'), '--network-config-dir', join(root, 'networks')];
  const options = ['--storage-driver', 'vfs', '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--events-backend', 'file'];
  const command: Run = (...args) => runCommand('podman', [...places, ...options, ...args]);
  const service = stack.use(await startProcess('podman', [...places, ...options, 'system', 'service', '--time', '0', `unix://${socket}`]));
  await eventually(async () => {
    const { code } = await runCommand('podman', ['--url', `unix://${socket}`, 'version']);
    if (code !== 0) throw new Error(service.output());
  });
  return sourceOf(socket, command, stack.move());
}

function sourceOf(socket: string, command: Run, owned: AsyncDisposableStack): Source {
  const ok: Source['ok'] = async (...args) => {
    const { code, stdout, stderr } = await command(...args);
    if (code !== 0) throw new Error(`${args.join(' ')}: exit ${code}\n${stderr}`);
    return stdout.trim();
  };
  const removeAll = async (): Promise<void> => {
    const containers = (await ok('ps', '-aq')).split('\n').filter(Boolean);
    if (containers.length > 0) await command('rm', '-fv', ...containers);
    await command('network', 'prune', '-f');
  };
  return {
    socket,
    command,
    ok,
    async image(name, directory, ...changes) {
      const archive = `${directory}.tar`;
      const packed = await runCommand('tar', ['-C', directory, '-cf', archive, '.']);
      if (packed.code !== 0) throw new Error(packed.stderr);
      await ok('import', ...changes.flatMap((change) => ['-c', change]), archive, name);
    },
    async [Symbol.asyncDispose]() {
      await removeAll();
      await owned.disposeAsync();
    },
  };
}
