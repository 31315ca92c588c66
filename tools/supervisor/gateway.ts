import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/v1/api';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { channelOptions } from '@arcbox/rpc';
import { createChannel, createClientFactory } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';

/** The engine as any client sees it. */
export type Gateway = ReturnType<typeof connectGateway>;

/** Stubs of the services that a first container needs. Connects when first used, and again whenever it must. */
export function connectGateway(address: string) {
  const channel = createChannel(address, undefined, channelOptions);
  const factory = createClientFactory().use(deadlineMiddleware);
  return {
    containers: factory.create(ContainerServiceDefinition, channel),
    images: factory.create(ImageServiceDefinition, channel),
    imageStore: factory.create(ImageStoreServiceDefinition, channel),
    system: factory.create(SystemServiceDefinition, channel),
    [Symbol.dispose]: () => channel.close(),
  };
}
