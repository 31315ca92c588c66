import { release } from 'node:os';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { eventually } from '@arcbox/testing';
import { startEngine } from './engine.ts';

test('ping and version answer with nobody else there', async () => {
  await using engine = await startEngine();
  expect(await engine.system.ping({})).toMatchObject({ apiVersion: '1.0', buildVersion: expect.stringMatching(/^\d/) });
  expect(await engine.system.getVersion({})).toMatchObject({
    apiVersion: '1.0',
    minApiVersion: '1.0',
    os: 'linux',
    arch: expect.stringMatching(/^(amd64|arm64)$/),
    goVersion: `node ${process.version}`,
  });
});

test('info with nobody else there says which numbers are not fresh', async () => {
  await using engine = await startEngine();
  let stale: string | undefined;
  const info = await engine.system.getInfo({}, { onHeader: (header) => (stale = header.get('x-arcbox-stale')) });
  expect(info).toMatchObject({
    containers: 0n,
    osType: 'linux',
    kernelVersion: release(),
    dataDir: engine.root.path,
    loggingDriver: 'k8s-file',
    storageDriver: 'overlay',
    machines: 0n,
  });
  expect(stale).toBe('containers,images');
});

test('info counts containers by state and images, and keeps the numbers while a worker is away or stuck', async () => {
  await using engine = await startEngine();
  engine.state.containers = ['running', 'running', 'paused', 'created', 'exited', 'dead', 'restarting'].map((state) => ({ state }));
  engine.state.images = [{ id: 'sha256:1', layers: [] }];
  const numbers = { containers: 7n, containersRunning: 2n, containersPaused: 1n, containersStopped: 3n, images: 1n };
  const containers = await engine.start('containers');
  const images = await engine.start('images');
  await eventually(async () => expect(await engine.system.getInfo({})).toMatchObject(numbers));

  engine.state.stuck = true;
  expect(await engine.system.getInfo({})).toMatchObject(numbers);
  engine.state.stuck = false;
  await containers[Symbol.asyncDispose]();
  await images[Symbol.asyncDispose]();
  expect(await engine.system.getInfo({})).toMatchObject(numbers);
});

test('prune asks the other workers, keeps what is used, and tells what went', async () => {
  await using engine = await startEngine();
  const { state } = engine;
  state.containers = [
    { id: 'old', state: 'exited', sizeRw: 5n },
    { id: 'busy', state: 'exited', sizeRw: 7n },
    { id: 'runs', state: 'running', imageId: 'sha256:used' },
  ];
  state.images = [
    { id: 'sha256:used', repoTags: ['used:latest'], size: 100n, layers: ['1'] },
    { id: 'sha256:dangling', repoTags: ['<none>:<none>'], size: 130n, layers: ['1', '2'] },
    { id: 'sha256:named', repoTags: ['named:latest'], size: 50n, layers: ['9'] },
  ];
  state.networks = [
    { id: 'n0', name: 'bridge', created: '2026-01-01T00:00:00Z' },
    { id: 'n1', name: 'lonely', created: '2026-01-01T00:00:00Z' },
  ];
  state.volumes = [
    { name: 'nameless', labels: { 'com.docker.volume.anonymous': '' }, size: 3n },
    { name: 'data', labels: {}, size: 4n },
  ];
  await engine.startAll();
  await eventually(() => expect(engine.worker.host.directory.all()).toHaveLength(5));

  expect(await engine.system.prune({})).toEqual({
    // What is on the disk, as the containers worker counts it, not what a list shows.
    spaceReclaimed: 4096n + 30n,
    containersDeleted: ['old'],
    imagesDeleted: ['sha256:dangling'],
    networksDeleted: ['lonely'],
    volumesDeleted: [],
  });
  expect(await engine.system.prune({ types: ['volumes'] })).toMatchObject({ volumesDeleted: ['nameless'], spaceReclaimed: 3n });
  expect(await engine.system.prune({ types: ['all'], all: true })).toMatchObject({
    imagesDeleted: ['named:latest', 'sha256:named'],
    volumesDeleted: ['data'],
    spaceReclaimed: 54n,
  });
  await engine.system.prune({ types: ['containers'], filters: { until: '10m', 'label!': 'keep' } });
  expect(state.pruneFilters).toEqual({ until: '10m', 'label!': 'keep' });
  await expect(engine.system.prune({ types: ['machines'] })).rejects.toMatchObject({ code: 3, details: 'unknown prune type: machines' });

  const events: Event[] = [];
  for await (const event of engine.system.events({ since: 1n, until: BigInt(Math.floor(Date.now() / 1000) + 1) })) events.push(event);
  expect(events.map(({ action }) => action)).toEqual(['start', 'prune', 'prune', 'prune', 'prune']);
});
