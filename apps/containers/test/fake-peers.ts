import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { notFound } from '@arcbox/errors';
import type { StartWorker } from '@arcbox/lifecycle';
import { mount, MountFlag, withNewNamespaces } from '@arcbox/linux';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { type DeepPartial, type Sandbox, SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ImagesDefinition } from '@arcbox/proto/containerkit/image';
import { serve, service } from '@arcbox/rpc';
import { partly } from '@arcbox/testing';

/** Configuration of the image `busybox`; tests may change it. */
export const imageConfig: { config: Record<string, unknown> } = { config: {} };

/** Images that were made of containers; tests may look at the container meanwhile. */
export const commits: { made: Record<string, unknown>[]; during?: (container: string) => Promise<void> } = { made: [] };

/** A root with busybox at `directory`. */
export function makeBusybox(directory: string): void {
  for (const name of ['bin', 'proc', 'dev', 'sys', 'etc', 'tmp', 'root', 'data']) mkdirSync(join(directory, name), { recursive: true });
  cpSync('/bin/busybox', join(directory, 'bin/busybox'));
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(directory, 'bin', applet));
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1001:w:/home/worker:/bin/sh\n');
  writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nworkers:x:1001:\nextra:x:1002:worker\n');
  writeFileSync(join(directory, 'data/from-image'), 'image');
}

/** Stands for the images worker until there is a real one: one image, `busybox`. */
export const startFakeImages: StartWorker = async (host) => {
  const base = join(host.config.paths.state, 'fake-image');
  makeBusybox(base);
  const id = `sha256:${'a'.repeat(64)}`;
  const known = ['busybox', id];
  const upper = (path: string): string => join(host.config.paths.state, 'fake-upper', path.replaceAll('/', '_'));
  const server = await serve(host, [
    partly(ImageStoreServiceDefinition, {
      async resolve({ image }) {
        if (!known.includes(image)) throw notFound(`no such image: ${image}`);
        return { id, name: 'busybox', config: Buffer.from(JSON.stringify(imageConfig)), size: 1000n };
      },
      async commitRoot({ path, config, ...request }) {
        const { during } = commits;
        commits.made.push({ ...request, config: JSON.parse(config.toString()) as Record<string, unknown> });
        await during?.(basename(join(path, '..')));
        return { id };
      },
      async *exportRoot({ path }) {
        if (!existsSync(upper(path))) throw notFound(`${path} is not prepared`);
        for (const data of execFileSync('tar', ['-c', '-C', join(upper(path), 'up'), '.'])) yield { data: Buffer.of(data) };
      },
    }),
    service(ImagesDefinition, {
      async prepare({ path }) {
        const [up, work] = [join(upper(path), 'up'), join(upper(path), 'work')];
        for (const directory of [up, work]) mkdirSync(directory, { recursive: true });
        return {
          layers: [
            { type: 'overlay', source: 'overlay', target: path, options: [`lowerdir=${base}`, `upperdir=${up}`, `workdir=${work}`] },
          ],
        };
      },
      async cleanup({ path }) {
        rmSync(upper(path), { recursive: true, force: true });
        return {};
      },
      async commit() {
        return {};
      },
    }),
  ]);
  server.ready();
  return server;
};

/** Stands for the networks worker: namespaces with loopback only, ports as asked. */
export const startFakeNetworks: StartWorker = async (host) => {
  const open = new Map<string, DeepPartial<Sandbox>>();
  const nameOf = (id: string): string => `abx-t-${id.slice(0, 12)}`;
  const add = async (name: string, owner: string): Promise<void> => {
    if (owner === '') return void execFileSync('ip', ['netns', 'add', name]);
    const target = `/run/netns/${name}`;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, '');
    await withNewNamespaces('nsenter', [`--user=${owner}`, 'unshare', '--net'], (proc) => {
      mount({ type: '', source: `${proc}/ns/net`, target, flags: MountFlag.bind });
    });
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  };
  const close = (id: string): void => {
    if (open.delete(id)) execFileSync('ip', ['netns', 'del', nameOf(id)]);
  };
  const server = await serve(host, [
    partly(SandboxServiceDefinition, {
      async open({ containerId, containerName, networks, ports, userNamespace }) {
        if (!open.has(containerId)) await add(nameOf(containerId), userNamespace);
        const endpoints = networks.map(({ network }) => ({ networkId: network, networkName: network }));
        const sandbox = { containerId, containerName, netnsPath: `/run/netns/${nameOf(containerId)}`, endpoints, ports, nameservers: ['192.0.2.1'] };
        open.set(containerId, sandbox);
        return { sandbox };
      },
      async close({ containerId }) {
        close(containerId);
        return {};
      },
      async rename({ containerId, containerName }) {
        open.set(containerId, { ...open.get(containerId), containerName });
        return {};
      },
      async join({ containerId, endpoint: { network = '' } = {} }) {
        const sandbox = open.get(containerId);
        const endpoints = [...(sandbox?.endpoints ?? []), { networkId: network, networkName: network }];
        open.set(containerId, { ...sandbox, endpoints });
        return { sandbox: open.get(containerId) };
      },
      async leave({ containerId, network }) {
        const sandbox = open.get(containerId);
        open.set(containerId, { ...sandbox, endpoints: sandbox?.endpoints?.filter(({ networkId }) => networkId !== network) });
        return { sandbox: open.get(containerId) };
      },
      async list() {
        return { sandboxes: [...open.values()] };
      },
    }),
  ]);
  server.ready();
  return {
    async [Symbol.asyncDispose]() {
      for (const id of open.keys()) close(id);
      await server[Symbol.asyncDispose]();
    },
  };
};

/** Stands for the volumes worker: directories. */
export const startFakeVolumes: StartWorker = async (host) => {
  const path = (name: string): string => join(host.config.paths.state, 'fake-volumes', name);
  let next = 0;
  const nothing = async (): Promise<object> => ({});
  const server = await serve(host, [
    partly(EngineVolumeServiceDefinition, { claim: nothing, release: nothing }),
    service(VolumeServiceDefinition, {
      async create({ name: given }) {
        const name = given || String(++next).padStart(64, '0');
        mkdirSync(path(name), { recursive: true });
        return { name, mountpoint: path(name) };
      },
      async remove({ name }) {
        rmSync(path(name), { recursive: true, force: true });
        return {};
      },
      async list() {
        return {};
      },
      async inspect({ name }) {
        return { name, mountpoint: path(name) };
      },
    }),
  ]);
  server.ready();
  return server;
};
