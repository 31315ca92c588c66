import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '@arcbox/errors';
import type { StartWorker } from '@arcbox/lifecycle';
import { SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve } from '@arcbox/rpc';
import { openStore } from '@arcbox/store';
import { describeIf, eventually, partly } from '@arcbox/testing';
import type { Container } from '../src/record/container.ts';
import { needs, type Replica, startEngine, type TestEngine } from './engine.ts';
import { startFakeImages, startFakeNetworks } from './fake-peers.ts';

/** A volumes worker that says what it is asked, and may refuse. */
function heardVolumes(heard: string[], refuse: { claim?: boolean }): StartWorker {
  return async (host) => {
    const server = await serve(host, [
      partly(EngineVolumeServiceDefinition, {
        async claim({ name }) {
          heard.push(`claim ${name}`);
          if (refuse.claim) throw notFound(`no such volume: ${name}`);
          return {};
        },
        async release() {
          heard.push('release');
          return {};
        },
      }),
      partly(VolumeServiceDefinition, {
        async create({ name }) {
          const mountpoint = join(host.config.paths.state, 'heard', name);
          mkdirSync(mountpoint, { recursive: true });
          return { name, mountpoint };
        },
      }),
    ]);
    server.ready();
    return server;
  };
}

describeIf(needs, 'a container that starts', () => {
  it('keeps its volumes in place until it runs, or will not', async () => {
    const heard: string[] = [];
    const refuse: { claim?: boolean } = {};
    await using engine = await startEngine({ peers: { images: startFakeImages, networks: startFakeNetworks, volumes: heardVolumes(heard, refuse) } });
    const mounts = ['/one', '/two'].map((target) => ({ type: 'volume', source: 'both', target }));
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['sleep', '1000'], mounts });
    heard.length = 0;
    refuse.claim = true;
    await expect(engine.containers.start({ id })).rejects.toThrow('NOT_FOUND: no such volume: both');
    expect(heard).toEqual(['claim both', 'release']);
    refuse.claim = false;
    await engine.containers.start({ id });
    expect(heard.slice(2)).toEqual(['claim both', 'release']);
    const { id: bare } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    heard.length = 0;
    await engine.containers.start({ id: bare });
    expect(heard).toEqual([]);
  });
});

describeIf(needs, 'a running container and its sandbox', () => {
  /** As a worker that was killed in between has left its record. */
  function rewrite({ root }: TestEngine, id: string, change: (container: Container) => Container): void {
    using store = openStore(join(root.path, 'containers/state.db'));
    store.collection<Container>('containers').update(id, change);
  }

  /** Where the container is, as its record says. */
  function recorded({ root }: TestEngine, id: string): string[] {
    using store = openStore(join(root.path, 'containers/state.db'));
    return store.collection<Container>('containers').get(id)?.status.network?.endpoints.map(({ networkName }) => networkName) ?? [];
  }

  it('are the same again when a worker comes up', async () => {
    await using engine = await startEngine();
    const { id } = await engine.containers.create({ image: 'busybox', name: 'before', cmd: ['sleep', '1000'], networkMode: 'front' });
    await engine.containers.start({ id });
    await engine.worker[Symbol.asyncDispose]();
    const attachments = ['front', 'back'].map((network) => ({ network, ipv4: '', ipv6: '', mac: '', aliases: [] }));
    rewrite(engine, id, (container) => ({
      ...container,
      name: 'after',
      config: { ...container.config, networking: { attachments, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] } },
    }));
    const next = await engine.replica('1');
    const namesOf = async ({ worker }: Replica) => {
      const [sandbox] = (await (await worker.host.clients.of(SandboxServiceDefinition)).list({})).sandboxes;
      return [sandbox?.containerName, ...(sandbox?.endpoints.map(({ networkName }) => networkName) ?? [])];
    };
    await eventually(async () => expect(await namesOf(next)).toEqual(['after', 'front', 'back']));
    await eventually(() => expect(recorded(engine, id)).toEqual(['front', 'back']));
    await next.worker[Symbol.asyncDispose]();
    rewrite(engine, id, (container) => ({
      ...container,
      config: { ...container.config, networking: { attachments: attachments.slice(1), dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] } },
    }));
    const last = await engine.replica('2');
    await eventually(async () => expect(await namesOf(last)).toEqual(['after', 'back']));
    await eventually(() => expect(recorded(engine, id)).toEqual(['back']));
  });
});
