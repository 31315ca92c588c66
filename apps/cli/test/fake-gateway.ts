import { join } from 'node:path';
import { type TemporaryRoot, temporaryRoot } from '@arcbox/testing';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { MigrationServiceDefinition as EngineMigrationServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/migration';
import { SystemServiceDefinition as EngineSystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import {
  MigrationServiceDefinition,
  NetworkServiceDefinition,
  SystemServiceDefinition,
  VolumeServiceDefinition,
} from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import { type CompatServiceDefinition, createServer, ServerError, type ServiceImplementation, Status } from 'nice-grpc';

/** What the fake answers; methods that are left out are UNIMPLEMENTED. */
export interface Answers {
  containers?: Partial<ServiceImplementation<typeof ContainerServiceDefinition>>;
  furtherContainers?: Partial<ServiceImplementation<typeof EngineContainerServiceDefinition>>;
  images?: Partial<ServiceImplementation<typeof ImageServiceDefinition>>;
  imageStore?: Partial<ServiceImplementation<typeof ImageStoreServiceDefinition>>;
  builds?: Partial<ServiceImplementation<typeof BuildServiceDefinition>>;
  migrations?: Partial<ServiceImplementation<typeof MigrationServiceDefinition>>;
  furtherMigrations?: Partial<ServiceImplementation<typeof EngineMigrationServiceDefinition>>;
  networks?: Partial<ServiceImplementation<typeof NetworkServiceDefinition>>;
  volumes?: Partial<ServiceImplementation<typeof VolumeServiceDefinition>>;
  system?: Partial<ServiceImplementation<typeof SystemServiceDefinition>>;
  furtherSystem?: Partial<ServiceImplementation<typeof EngineSystemServiceDefinition>>;
  workers?: Partial<ServiceImplementation<typeof WorkerServiceDefinition>>;
}

export interface FakeGateway extends AsyncDisposable {
  readonly socket: string;
  readonly root: TemporaryRoot;
}

const definitions = {
  containers: ContainerServiceDefinition,
  furtherContainers: EngineContainerServiceDefinition,
  images: ImageServiceDefinition,
  imageStore: ImageStoreServiceDefinition,
  builds: BuildServiceDefinition,
  migrations: MigrationServiceDefinition,
  furtherMigrations: EngineMigrationServiceDefinition,
  networks: NetworkServiceDefinition,
  volumes: VolumeServiceDefinition,
  system: SystemServiceDefinition,
  furtherSystem: EngineSystemServiceDefinition,
  workers: WorkerServiceDefinition,
} satisfies Record<keyof Answers, CompatServiceDefinition>;

/** A gateway that answers with what the test says, on a socket of its own. */
export async function startFakeGateway(answers: Answers): Promise<FakeGateway> {
  const root = temporaryRoot();
  const socket = join(root.path, 'fake.sock');
  const server = createServer();
  for (const [name, definition] of Object.entries(definitions)) {
    const given: Record<string, unknown> = { ...answers[name as keyof Answers] };
    for (const method of Object.keys(definition.methods)) given[method] ??= refuse(definition, method);
    server.add(definition as CompatServiceDefinition, given as never);
  }
  await server.listen(`unix:${socket}`);
  return {
    socket,
    root,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await root[Symbol.asyncDispose]();
    },
  };
}

/** As the gateway says it. */
export function failure(status: Status, message: string): ServerError {
  return new ServerError(status, message);
}

export { Status };

function refuse(definition: CompatServiceDefinition, method: string): () => unknown {
  const methods = definition.methods as Record<string, { responseStream: boolean }>;
  const error = new ServerError(Status.UNIMPLEMENTED, `${method} is not there`);
  if (!methods[method]?.responseStream) return () => Promise.reject(error);
  // A stream is refused as a stream.
  return async function* () {
    throw error;
  };
}
