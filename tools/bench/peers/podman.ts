import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Peer } from '../peer.ts';
import { run } from '../program.ts';

// podman raises limits by default, which a root without CAP_SYS_RESOURCE may not.
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

/** podman on private storage; it has no daemon, so there is only its command line. */
export async function startPodman(root: string): Promise<Peer> {
  mkdirSync(root, { recursive: true });
  const places = ['--root', join(root, 'storage'), '--runroot', join(root, 'run'), '--tmpdir', join(root, 'tmp')];
  const kinds = ['--storage-driver', 'overlay', '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--events-backend', 'file'];
  const podman = (...args: string[]): Promise<string> =>
    run('podman', [...places, ...kinds, '--network-config-dir', join(root, 'networks'), ...args]);
  const pull = async (reference: string): Promise<void> =>
    void (await podman('pull', '-q', '--tls-verify=false', reference));
  return {
    name: 'podman',
    version: (await run('podman', ['version', '--format', '{{.Client.Version}}'])).trim(),
    prepare: pull,
    runCommand: async (reference) => void (await podman('run', '--rm', ...limits, reference, 'true')),
    pull,
    tag: async (reference, name) => void (await podman('tag', reference, name)),
    push: async (name) => void (await podman('push', '-q', '--tls-verify=false', name)),
    build: async (directory, name) =>
      void (await podman('build', '-q', '--layers', '--isolation', 'chroot', '--network', 'host', '-t', name, directory)),
    containers: {
      create: async (reference, cmd) => (await podman('create', ...limits, reference, ...cmd)).trim(),
      start: async (id) => void (await podman('start', id)),
      remove: async (id) => void (await podman('rm', '-f', '-t', '0', id)),
      listByCommand: async () => void (await podman('ps', '-a')),
      execByCommand: async (id) => void (await podman('exec', id, 'true')),
    },
    forget: async (reference) => void (await podman('rmi', '-f', reference)),
    async [Symbol.asyncDispose]() {
      await podman('system', 'reset', '--force').catch(() => '');
    },
  };
}
