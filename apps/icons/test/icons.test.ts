import { HealthCheckResponse_ServingStatus, HealthDefinition } from '@arcbox/proto/grpc/health/v1/health';
import { IconServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import type { Registration } from '@arcbox/rpc';
import { eventually, startInProcess, startNats, temporaryRoot } from '@arcbox/testing';
import { type Channel, createClient } from 'nice-grpc';
import { startWorker } from '../src/worker.ts';

test('is discovered, healthy, and says that icons are not implemented yet', async () => {
  await using nats = await startNats();
  await using root = temporaryRoot();
  await using worker = await startInProcess('icons', startWorker, { root, natsUrl: nats.url });
  const [replica] = await eventually(() => {
    const replicas = worker.host.directory.replicas('icons');
    expect(replicas).toHaveLength(1);
    return replicas;
  });
  expect(replica?.services).toEqual(['arcbox.v1.IconService']);

  const channel = worker.host.replicas.channelOf(replica as Registration) as Channel;
  const { status } = await createClient(HealthDefinition, channel).check({});
  expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  const icon = createClient(IconServiceDefinition, channel).getImageIcon({ fqin: 'nginx' });
  await expect(icon).rejects.toMatchObject({ code: 12, details: 'icons are not implemented yet' });
});
