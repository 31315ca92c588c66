import { failedPrecondition, unavailable } from '@arcbox/errors';
import type { StartWorker } from '@arcbox/lifecycle';
import { SandboxServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/network';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { VolumeServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { serve, service } from '@arcbox/rpc';
import { describeIf, eventually, partly } from '@arcbox/testing';
import { needs, startEngine } from './engine.ts';
import { startFakeImages, startFakeNetworks, startFakeVolumes } from './fake-peers.ts';

/** A networks worker that refuses to open, and cannot close the first times. */
function badNetworks(closed: string[], failures: number): StartWorker {
  return async (host) => {
    const server = await serve(host, [
      partly(SandboxServiceDefinition, {
        async open() {
          throw failedPrecondition('port 80/tcp is already in use on this host');
        },
        async close({ containerId }) {
          if (failures-- > 0) throw unavailable('networks is starting');
          closed.push(containerId);
          return {};
        },
        async list() {
          return {};
        },
      }),
    ]);
    server.ready();
    return server;
  };
}

/** A volumes worker that makes volumes as the stand-in does, and cannot remove the first times. */
function badVolumes(removed: string[], failures: number): StartWorker {
  return async (host) => {
    const nothing = async (): Promise<object> => ({});
    const server = await serve(host, [
      partly(EngineVolumeServiceDefinition, { claim: nothing, release: nothing }),
      service(VolumeServiceDefinition, {
        async create({ name }) {
          return { name: name || 'anonymous', mountpoint: host.config.paths.state };
        },
        async remove({ name }) {
          if (failures-- > 0) throw unavailable('volumes is starting');
          removed.push(name);
          return {};
        },
        async list() {
          return {};
        },
        async inspect() {
          return {};
        },
      }),
    ]);
    server.ready();
    return server;
  };
}

describeIf(needs, 'workers that are away', () => {
  it('a failed start gives its network back when they are there again', async () => {
    const closed: string[] = [];
    const peers = { images: startFakeImages, networks: badNetworks(closed, 2), volumes: startFakeVolumes };
    await using engine = await startEngine({ peers });
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'] });
    await expect(engine.containers.start({ id })).rejects.toThrow('port 80/tcp is already in use on this host');
    expect(closed).toEqual([]);
    await eventually(() => expect(closed).toEqual([id]));
  });

  it('a removal takes anonymous volumes along when they are there again', async () => {
    const removed: string[] = [];
    const peers = { images: startFakeImages, networks: startFakeNetworks, volumes: badVolumes(removed, 1) };
    await using engine = await startEngine({ peers });
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['true'], mounts: [{ target: '/v' }] });
    await expect(engine.containers.remove({ id, volumes: true })).rejects.toThrow('UNAVAILABLE');
    await eventually(() => expect(removed).toEqual(['anonymous']));
    await eventually(async () => expect((await engine.containers.list({ all: true })).containers).toEqual([]));
  });
});
