import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startProcess } from '@arcbox/testing';
import { Agent, request } from 'undici';
import { runCommand } from '../engine.ts';
import type { Recipe, Reference } from './recipe.ts';

/** A private dockerd that builds. RUN has no network. */
export interface DockerBuilds extends AsyncDisposable {
  readonly host: string;
  load(archive: Buffer): Promise<void>;
  /** Makes an image of the archive of a file system. */
  import(archive: Buffer, name: string, changes: readonly string[]): Promise<void>;
  build(how: Reference, recipe: Recipe, context: { directory: string; archive: Buffer }, name: string): Promise<void>;
  save(name: string): Promise<Buffer>;
  /** The `docker` command. */
  docker(...args: string[]): Promise<string>;
}

export async function startDockerBuilds(root: string): Promise<DockerBuilds> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  const socket = join(root, 'docker.sock');
  const options = ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--storage-driver', 'overlay2'];
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
  stack.use(await startProcess('dockerd', [...options, ...places, '-H', `unix://${socket}`]));
  const agent = new Agent({ connect: { socketPath: socket }, headersTimeout: 0, bodyTimeout: 0 });
  stack.defer(() => agent.destroy());
  const ask = async (method: 'GET' | 'POST', path: string, query: Record<string, string>, body?: Buffer): Promise<Buffer> => {
    const url = `http://docker${path}?${new URLSearchParams(query).toString()}`;
    const { statusCode, body: answer } = await request(url, { dispatcher: agent, method, body });
    const content = Buffer.from(await answer.arrayBuffer());
    if (statusCode >= 300) throw new Error(`docker ${path}: ${statusCode} ${content.toString()}`);
    return content;
  };
  await eventually(() => ask('GET', '/_ping', {}));
  const owned = stack.move();
  const host = `unix://${socket}`;
  const docker = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand('docker', ['-H', host, ...args], { env: { DOCKER_BUILDKIT: '0' } });
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  return {
    host,
    load: async (archive) => refuseError(await ask('POST', '/images/load', { quiet: '1' }, archive)),
    import: async (archive, name, changes) => {
      const query = new URLSearchParams([['fromSrc', '-'], ['repo', name], ...changes.map((change): [string, string] => ['changes', change])]);
      await request(`http://docker/images/create?${query.toString()}`, { dispatcher: agent, method: 'POST', body: archive }).then(
        async ({ body }) => refuseError(Buffer.from(await body.arrayBuffer())),
      );
    },
    async build(how, { args = {}, target = '' }, { directory, archive }, name) {
      if (how === 'command') {
        const given = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
        await docker('build', '-q', '--network', 'none', '-t', name, '--target', target, ...given, directory);
        return;
      }
      const version = how === 'buildkit' ? '2' : '1';
      const query = { t: name, version, target, networkmode: 'none', rm: '1', forcerm: '1', buildargs: JSON.stringify(args) };
      refuseError(await ask('POST', '/build', query, archive));
    },
    save: (name) => ask('GET', '/images/get', { names: name }),
    docker,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An answer that begins well may end badly. */
function refuseError(answer: Buffer): void {
  for (const line of answer.toString().split('\n').filter(Boolean)) {
    const { error } = JSON.parse(line) as { error?: string };
    if (error !== undefined) throw new Error(`docker: ${error}`);
  }
}
