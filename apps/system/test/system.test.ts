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
  engine.state.images = [{ id: 'sha256:1' }];
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
  const { client } = await engine.startSystem('1');
  expect(await client.getInfo({})).toMatchObject(numbers);
});

test('prune asks the other workers, and a plan asks them the same', async () => {
  await using engine = await startEngine();
  const { state } = engine;
  state.containers = [
    { id: 'old', state: 'exited', imageId: 'sha256:old' },
    { id: 'runs', names: ['/web'], state: 'running', imageId: 'sha256:used' },
  ];
  state.images = [
    { id: 'sha256:used', size: 100n },
    { id: 'sha256:old', size: 130n },
  ];
  const created = '2026-01-01T00:00:00Z';
  state.networks = [
    { id: 'n0', name: 'bridge', created },
    { id: 'n1', name: 'lonely', created },
    { id: 'n2', name: 'busy', created, users: ['web', 'db'] },
    { id: 'n3', name: 'labelled', created, labels: { keep: '' } },
  ];
  state.volumes = [{ name: 'data', size: 3n }];
  await engine.startAll();
  await eventually(() => expect(engine.worker.host.directory.all()).toHaveLength(5));

  const request = { types: ['all'], filters: { 'label!': 'keep' } };
  const plan = await engine.further.planPrune(request);
  expect(plan.items.map(({ type, id, size, removed, reason }) => [type, id, size, removed, reason])).toEqual([
    ['container', 'old', 4096n, true, 'exited'],
    ['container', 'runs', 4096n, false, 'running'],
    ['network', 'n1', 0n, true, 'no container is connected'],
    ['network', 'n0', 0n, false, 'predefined'],
    ['network', 'n2', 0n, false, 'used by containers db, web'],
    ['network', 'n3', 0n, false, 'label keep'],
    ['volume', 'data', 3n, true, expect.any(String)],
    ['image', 'sha256:old', 130n, true, expect.any(String)],
    ['image', 'sha256:used', 100n, false, 'used by container web'],
  ]);
  expect(plan.spaceReclaimed).toBe(4096n + 3n + 130n);
  expect([state.containers.length, state.networks.length, state.volumes.length, state.images.length]).toEqual([2, 4, 1, 2]);
  const { filters } = request;
  expect(state.pruneRequests).toEqual([
    { type: 'containers', filters, dryRun: true },
    { type: 'volumes', all: false, filters, dryRun: true, goneContainers: ['old'] },
    { type: 'images', all: false, filters, dryRun: true, goneContainers: ['old'] },
  ]);

  expect(await engine.system.prune(request)).toEqual({
    spaceReclaimed: plan.spaceReclaimed,
    containersDeleted: ['old'],
    imagesDeleted: ['sha256:old'],
    networksDeleted: ['lonely'],
    volumesDeleted: ['data'],
  });
  expect(state.pruneRequests.at(-1)).toEqual({ type: 'images', all: false, filters, dryRun: false, goneContainers: [] });
  state.networks = [{ id: 'n4', name: 'joined', created, joins: 'late' }];
  expect((await engine.system.prune({ types: ['networks'] })).networksDeleted).toEqual([]);
  expect(state.networks).toHaveLength(1);
  await expect(engine.system.prune({ types: ['machines'] })).rejects.toMatchObject({ code: 3, details: 'unknown prune type: machines' });

  // What went before a failure is told with it, and by the event; a failure that nothing went before is just one.
  const sticking = { id: 'n6', name: 'sticking', created, sticks: true };
  state.containers = [{ id: 'late', state: 'exited', imageId: 'sha256:used' }];
  state.networks = [{ id: 'n5', name: 'free', created }, sticking];
  await expect(engine.system.prune({ types: ['all'] })).rejects.toMatchObject({
    code: 15,
    details: 'network sticking cannot be removed; removed before that: containers late; networks free; 4096 bytes reclaimed',
  });
  expect([state.networks, state.images.length]).toEqual([[sticking], 1]);
  await expect(engine.system.prune({ types: ['all'] })).rejects.toMatchObject({ details: 'network sticking cannot be removed' });

  const events: Event[] = [];
  for await (const event of engine.system.events({ since: 1n, until: BigInt(Math.floor(Date.now() / 1000) + 1) })) events.push(event);
  expect(events.map(({ action }) => action)).toEqual(['start', 'prune', 'prune', 'prune']);
  expect(events.at(-1)?.actor?.attributes).toMatchObject({ reclaimed: '4096' });
});
