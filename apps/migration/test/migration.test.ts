import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { MigrationServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Registration } from '@arcbox/rpc';
import { eventually, startInProcess, startNats, temporaryRoot } from '@arcbox/testing';
import { type Channel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';

const notYet = { code: 12, details: 'migration is not implemented yet' };

test('is discovered, healthy, and says that migration is not implemented yet', async () => {
  await using nats = await startNats();
  await using root = temporaryRoot();
  await using worker = await startInProcess('migration', startWorker, { root, natsUrl: nats.url });
  const [replica] = await eventually(() => {
    const replicas = worker.host.directory.replicas('migration');
    expect(replicas).toHaveLength(1);
    return replicas;
  });
  expect(replica?.services).toEqual(['arcbox.v1.MigrationService']);

  const channel = worker.host.replicas.channelOf(replica as Registration) as Channel;
  const { status } = await createClient(HealthDefinition, channel).check({});
  expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  const migration = createClient(MigrationServiceDefinition, channel);
  await expect(migration.prepareMigration({ sourceKind: 'docker' })).rejects.toMatchObject(notYet);
  const run = Array.fromAsync(migration.runMigration({ planId: 'x' }));
  await expect(run).rejects.toMatchObject(notYet);
});
