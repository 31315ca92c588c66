import { createServer } from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { HostServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/host';
import { MigrationServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Registration } from '@arcbox/rpc';
import { eventually, startInProcess, startNats, temporaryRoot } from '@arcbox/testing';
import { type Channel, createClient } from 'nice-grpc';
import { startWorker as volumes } from '../../volumes/src/worker.ts';
import { startWorker } from '../src/worker.ts';

test('is discovered and healthy, and refuses what it cannot find', async () => {
  await using nats = await startNats();
  await using root = temporaryRoot();
  await using elsewhere = temporaryRoot();
  const place = { root, natsUrl: nats.url };
  await using worker = await startInProcess('migration', startWorker, place);
  const [replica] = await eventually(() => {
    const replicas = worker.host.directory.replicas('migration');
    expect(replicas).toHaveLength(1);
    return replicas;
  });
  expect(replica?.services).toEqual(['arcbox.v1.MigrationService', 'arcbox.engine.v1.MigrationService']);

  const channel = worker.host.replicas.channelOf(replica as Registration) as Channel;
  const { status } = await createClient(HealthDefinition, channel).check({});
  expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  const migration = createClient(MigrationServiceDefinition, channel);
  await expect(Array.fromAsync(migration.runMigration({ planId: 'x' }))).rejects.toThrow('NOT_FOUND: no such migration plan: x');
  const prepare = (sourceKind: string, sourceSocketPath = '') => migration.prepareMigration({ sourceKind, sourceSocketPath });
  await expect(prepare('windows')).rejects.toThrow('INVALID_ARGUMENT: unknown source kind: "windows"; there are docker-desktop, orbstack, docker, podman, colima');
  await expect(prepare('docker', 'relative.sock')).rejects.toThrow('INVALID_ARGUMENT: not the absolute path of a socket');
  await expect(prepare('/no/such.sock')).rejects.toThrow('UNAVAILABLE: no volumes worker is running');

  await using _volumes = await startInProcess('volumes', volumes, place);
  await eventually(() => worker.host.clients.of(HostServiceDefinition));
  await expect(prepare('/no/such.sock')).rejects.toThrow('UNAVAILABLE: no socket at /no/such.sock');
  await expect(prepare('orbstack')).rejects.toThrow(/UNAVAILABLE: no .*\/root\/.orbstack\/run\/docker.sock/);
  await expect(prepare('docker', root.paths.workerSocket('volumes-0'))).rejects.toThrow('PERMISSION_DENIED');

  // Whoever answers is not what it should be.
  const path = join(elsewhere.path, 'odd.sock');
  const server = createServer((request, response) => (request.url === '/_ping' ? response.end('OK') : response.destroy())).listen(path);
  await once(server, 'listening');
  await expect(prepare(path)).rejects.toThrow('UNAVAILABLE: whoever answers does not speak the Docker Engine API');
  server.close();
});
