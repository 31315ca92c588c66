import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { processesNaming } from '../memory.ts';
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
  const call = async (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<AsyncIterable<Buffer> & { text(): Promise<string> }> => {
    const { statusCode, body: answer } = await request(`http://docker${path}`, {
      dispatcher: agent,
      method,
      headers: { 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : undefined,
    });
    if (statusCode >= 300 && statusCode !== 304) throw new Error(`docker ${method} ${path}: ${statusCode} ${await answer.text()}`);
    return answer;
  };
  const api = async (...args: Parameters<typeof call>): Promise<string> => (await call(...args)).text();
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
    processes: () => processesNaming(`${root}/`, ['dockerd', 'containerd', 'containerd-shim-runc-v2', 'docker-proxy']),
    containers: {
      async create(reference, cmd) {
        const { Id: id } = JSON.parse(await api('POST', '/containers/create', { Image: reference, Cmd: cmd })) as { Id: string };
        return id;
      },
      start: async (id) => void (await api('POST', `/containers/${id}/start`)),
      remove: async (id) => void (await api('DELETE', `/containers/${id}?force=true`)),
      list: async () => (JSON.parse(await api('GET', '/containers/json?all=true')) as unknown[]).length,
      listByCommand: async () => void (await docker('ps', '-a')),
      async exec(container) {
        const command = { Cmd: ['true'], AttachStdout: true, AttachStderr: true };
        const { Id: id } = JSON.parse(await api('POST', `/containers/${container}/exec`, command)) as { Id: string };
        await api('POST', `/exec/${id}/start`, { Detach: false, Tty: false });
        await api('GET', `/exec/${id}/json`);
      },
      execByCommand: async (id) => void (await docker('exec', id, 'true')),
      logBytes: async (id, follow) => payloadOf(await call('GET', `/containers/${id}/logs?stdout=1&stderr=1&follow=${follow}`)),
    },
    forget: async (reference) => void (await docker('rmi', '-f', reference)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Bytes of output in docker's stream, where each piece follows eight bytes that end with its length. */
async function payloadOf(stream: AsyncIterable<Buffer>): Promise<number> {
  let [bytes, left] = [0, 0];
  let head = Buffer.alloc(0);
  for await (const chunk of stream) {
    for (let at = 0; at < chunk.length; ) {
      if (left > 0) {
        const piece = Math.min(left, chunk.length - at);
        [at, left, bytes] = [at + piece, left - piece, bytes + piece];
        continue;
      }
      const missing = 8 - head.length;
      head = Buffer.concat([head, chunk.subarray(at, at + missing)]);
      at += missing;
      if (head.length < 8) continue;
      left = head.readUInt32BE(4);
      head = Buffer.alloc(0);
    }
  }
  return bytes;
}
