import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startProcess } from '@arcbox/testing';
import { type CommandResult, runCommand } from '../engine.ts';

/** A private dockerd with the docker command that speaks to it. */
export interface Docker extends AsyncDisposable {
  /** Runs `docker`; never throws for an exit code. */
  docker(args: readonly string[], input?: string | Buffer): Promise<CommandResult>;
}

/** Starts dockerd below `root`, in a network namespace of its own: its bridges and rules are nobody else's. */
export async function startDocker(root: string): Promise<Docker> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  const socket = join(root, 'docker.sock');
  // vfs: whatever holds the temporary directory, there is nothing to unmount.
  const options = ['--iptables=false', '--ip-masq=false', '--userland-proxy=false', '--storage-driver', 'vfs'];
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
  stack.defer(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const daemon = stack.use(await startProcess('unshare', ['--net', 'dockerd', ...options, ...places, '-H', `unix://${socket}`]));
  const docker: Docker['docker'] = (args, input) => {
    const env = { DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: join(root, 'config') };
    return runCommand('docker', [...args], { env, ...(input === undefined ? {} : { input }) });
  };
  await eventually(async () => {
    const { code, stderr } = await docker(['version']);
    if (code !== 0) throw new Error(`${stderr}\n${daemon.output()}`);
  });
  const loopback = await runCommand('nsenter', [`--net=/proc/${daemon.pid}/ns/net`, 'ip', 'link', 'set', 'lo', 'up']);
  if (loopback.code !== 0) throw new Error(loopback.stderr);
  const owned = stack.move();
  return { docker, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
