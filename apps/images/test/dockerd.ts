import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startProcess } from '@arcbox/testing';
import { Agent, request } from 'undici';

/** A private dockerd without networks, spoken to through the Docker Engine API. */
export interface Dockerd extends AsyncDisposable {
  load(archive: Buffer): Promise<void>;
  save(...names: string[]): Promise<Buffer>;
  /** `RepoTags` and `RootFS.Layers` of an image. */
  inspect(name: string): Promise<{ Id: string; RepoTags: string[]; RootFS: { Layers: string[] } }>;
}

export async function startDockerd(root: string): Promise<Dockerd> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(root, { recursive: true });
  const socket = join(root, 'docker.sock');
  // vfs: whatever holds the temporary directory, there is nothing to unmount.
  const options = ['--bridge', 'none', '--iptables=false', '--ip-forward=false', '--storage-driver', 'vfs'];
  const places = ['--data-root', join(root, 'data'), '--exec-root', join(root, 'exec'), '--pidfile', join(root, 'pid')];
  stack.defer(() => rmSync(root, { recursive: true, force: true }));
  const daemon = stack.use(await startProcess('dockerd', [...options, ...places, '-H', `unix://${socket}`]));
  const agent = new Agent({ connect: { socketPath: socket } });
  stack.defer(() => agent.destroy());
  const ask = async (method: 'GET' | 'POST', path: string, body?: Buffer): Promise<Buffer> => {
    const { statusCode, body: answer } = await request(`http://docker${path}`, { dispatcher: agent, method, body });
    const content = Buffer.from(await answer.arrayBuffer());
    if (statusCode >= 300) throw new Error(`docker ${path}: ${statusCode} ${content.toString()}\n${daemon.output()}`);
    return content;
  };
  await eventually(() => ask('GET', '/_ping'));
  const owned = stack.move();
  return {
    async load(archive) {
      const said = (await ask('POST', '/images/load?quiet=1', archive)).toString();
      if (said.includes('"error"')) throw new Error(`docker load: ${said}`);
    },
    save: (...names) => ask('GET', `/images/get?${names.map((name) => `names=${encodeURIComponent(name)}`).join('&')}`),
    inspect: async (name) => JSON.parse((await ask('GET', `/images/${name}/json`)).toString()) as Awaited<ReturnType<Dockerd['inspect']>>,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
