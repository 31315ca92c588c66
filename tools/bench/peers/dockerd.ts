import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { Peer } from '../peer.ts';
import { run, startServer } from '../program.ts';

/** A private dockerd with its own bridge, spoken to through the Docker Engine API and the docker command. */
export async function startDockerd(root: string): Promise<Peer> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  const socket = join(root, 'docker.sock');
  const args = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '-H', `unix://${socket}`];
  stack.use(await startServer('dockerd', [...args, '--pidfile', join(root, 'pid')], { path: socket }));
  const agent = new Agent({ connect: { socketPath: socket }, headersTimeout: 600_000, bodyTimeout: 600_000 });
  stack.defer(() => agent.close());
  const docker = (...args: string[]): Promise<string> => run('docker', ['-H', `unix://${socket}`, ...args]);
  const api = async (method: 'POST' | 'DELETE', path: string, body?: object): Promise<string> => {
    const { statusCode, body: answer } = await request(`http://docker${path}`, {
      dispatcher: agent,
      method,
      headers: { 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await answer.text();
    if (statusCode >= 300 && statusCode !== 304) throw new Error(`docker ${method} ${path}: ${statusCode} ${text}`);
    return text;
  };
  const version = (await docker('version', '--format', '{{.Server.Version}}')).trim();
  const kept = stack.move();
  return {
    name: 'docker',
    version,
    prepare: async (reference) => void (await docker('pull', '-q', reference)),
    async lifecycle(reference) {
      const { Id: id } = JSON.parse(await api('POST', '/containers/create', { Image: reference, Cmd: ['true'] })) as {
        Id: string;
      };
      await api('POST', `/containers/${id}/start`);
      await api('POST', `/containers/${id}/wait`);
      await api('DELETE', `/containers/${id}`);
    },
    runCommand: async (reference) => void (await docker('run', '--rm', reference, 'true')),
    pull: async (reference) => void (await docker('pull', '-q', reference)),
    tag: async (reference, name) => void (await docker('tag', reference, name)),
    push: async (name) => void (await docker('push', '-q', name)),
    // The classic builder: BuildKit is not part of Debian's packages for the command.
    build: async (directory, name) =>
      void (await run('docker', ['-H', `unix://${socket}`, 'build', '-q', '--network', 'none', '-t', name, directory], { DOCKER_BUILDKIT: '0' })),
    forget: async (reference) => void (await docker('rmi', '-f', reference)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
