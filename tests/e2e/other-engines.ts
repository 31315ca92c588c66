import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startDockerBuilds } from './dockerfiles/docker-builds.ts';
import { runCommand } from './engine.ts';

/** Somebody else who builds, moves and runs images; all that it keeps is private. */
export interface OtherEngine {
  /** Builds the Dockerfile of a directory and publishes the image in a registry without TLS. */
  publish(directory: string, reference: string): Promise<void>;
  /** Fetches an image and gives it another name in the registry. */
  pass(reference: string, name: string): Promise<void>;
  /** Fetches an image and runs it without a network: what it prints. */
  run(reference: string): Promise<string>;
}

/** docker with its classic builder, on a dockerd of its own. */
export async function startDocker(root: string): Promise<OtherEngine & AsyncDisposable> {
  const daemon = await startDockerBuilds(root);
  const { docker } = daemon;
  return {
    async publish(directory, reference) {
      await docker('build', '-q', '--network', 'none', '-t', reference, directory);
      await docker('push', '-q', reference);
    },
    async pass(reference, name) {
      await docker('pull', '-q', reference);
      await docker('tag', reference, name);
      await docker('push', '-q', name);
    },
    async run(reference) {
      await docker('pull', '-q', reference);
      return docker('run', '--rm', '--network', 'none', reference);
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

/** podman raises limits by default, which a root without CAP_SYS_RESOURCE may not. */
const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

/** buildah and podman on one store; `format` is that of the manifests that they write. */
export function podmanAt(root: string, format: 'oci' | 'v2s2'): OtherEngine {
  mkdirSync(root, { recursive: true });
  const places = ['--root', join(root, 'storage'), '--runroot', join(root, 'run'), '--storage-driver', 'vfs'];
  const buildah = (...args: string[]): Promise<string> => ok('buildah', ...places, ...args);
  const podman = (...args: string[]): Promise<string> =>
    ok('podman', ...places, '--tmpdir', join(root, 'tmp'), '--cgroup-manager', 'cgroupfs', '--runtime', 'runc', '--events-backend', 'file', ...args);
  return {
    async publish(directory, reference) {
      await buildah('build', '-q', '--isolation', 'chroot', '--format', format === 'oci' ? 'oci' : 'docker', '-t', reference, directory);
      await buildah('push', '-q', '--tls-verify=false', '--format', format, reference, `docker://${reference}`);
    },
    async pass(reference, name) {
      await podman('pull', '-q', '--tls-verify=false', reference);
      await podman('push', '-q', '--tls-verify=false', reference, `docker://${name}`);
    },
    async run(reference) {
      await podman('pull', '-q', '--tls-verify=false', reference);
      return podman('run', '--rm', '--network', 'none', ...limits, reference);
    },
  };
}

/** Runs a program, expects success, returns its trimmed output. */
export async function ok(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(program, args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${code}\n${stderr}`);
  return stdout.trim();
}
