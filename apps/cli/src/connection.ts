import { readFileSync } from 'node:fs';
import { deadlineExceeded, invalidArgument } from '@arcbox/errors';
import { BuildServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/build';
import { ContainerServiceDefinition as EngineContainerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/container';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { MigrationServiceDefinition as EngineMigrationServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/migration';
import { SystemServiceDefinition as EngineSystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import { VolumeServiceDefinition as EngineVolumeServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/volume';
import { WorkerServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/worker';
import {
  MigrationServiceDefinition,
  NetworkServiceDefinition,
  SystemServiceDefinition,
  VolumeServiceDefinition,
} from '@arcbox/proto/arcbox/v1/api';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import {
  ChannelCredentials,
  type Client,
  type ClientMiddleware,
  type CompatServiceDefinition,
  createChannel,
  createClientFactory,
} from 'nice-grpc';
import { type Endpoint, hostAndPort } from './host.ts';

/** How long a call may take, in milliseconds; `Infinity` for as long as it likes. */
export interface Patience {
  deadline?: number;
}

type Stub<Service extends CompatServiceDefinition> = Client<Service, Patience>;

/** The services of the gateway. Disposing closes the connection. */
export interface Engine extends Disposable {
  readonly containers: Stub<typeof ContainerServiceDefinition>;
  /** What arcbox.v1 cannot say about containers. */
  readonly furtherContainers: Stub<typeof EngineContainerServiceDefinition>;
  readonly images: Stub<typeof ImageServiceDefinition>;
  /** What arcbox.v1 cannot say about images. */
  readonly imageStore: Stub<typeof ImageStoreServiceDefinition>;
  readonly builds: Stub<typeof BuildServiceDefinition>;
  readonly networks: Stub<typeof NetworkServiceDefinition>;
  readonly volumes: Stub<typeof VolumeServiceDefinition>;
  /** What arcbox.v1 cannot say about volumes. */
  readonly furtherVolumes: Stub<typeof EngineVolumeServiceDefinition>;
  readonly system: Stub<typeof SystemServiceDefinition>;
  /** What arcbox.v1 cannot say about the engine. */
  readonly furtherSystem: Stub<typeof EngineSystemServiceDefinition>;
  readonly workers: Stub<typeof WorkerServiceDefinition>;
  readonly migration: Stub<typeof MigrationServiceDefinition>;
  /** What arcbox.v1 cannot say about migrations. */
  readonly furtherMigration: Stub<typeof EngineMigrationServiceDefinition>;
}

/** PEM files; `verify` off takes any certificate. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly verify: boolean;
}

const channelOptions = {
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  'grpc.max_send_message_length': 64 * 1024 * 1024,
  // A proxy is for the way out, not for the engine.
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
};

/** Unary calls that say nothing else get this long, in milliseconds. */
const usualPatience = 60_000;

/** Connects on the first call. */
export function connect(endpoint: Endpoint, tls?: TlsFiles): Engine {
  const credentials = tls ? secure(tls) : ChannelCredentials.createInsecure();
  const target = endpoint.kind === 'unix' ? `unix://${endpoint.path}` : hostAndPort(endpoint);
  const channel = createChannel(target, credentials, channelOptions);
  const factory = createClientFactory().use(patience);
  const stub = <Service extends CompatServiceDefinition>(definition: Service): Stub<Service> =>
    factory.create(definition, channel) as Stub<Service>;
  return {
    containers: stub(ContainerServiceDefinition),
    furtherContainers: stub(EngineContainerServiceDefinition),
    images: stub(ImageServiceDefinition),
    imageStore: stub(ImageStoreServiceDefinition),
    builds: stub(BuildServiceDefinition),
    networks: stub(NetworkServiceDefinition),
    volumes: stub(VolumeServiceDefinition),
    furtherVolumes: stub(EngineVolumeServiceDefinition),
    system: stub(SystemServiceDefinition),
    furtherSystem: stub(EngineSystemServiceDefinition),
    workers: stub(WorkerServiceDefinition),
    migration: stub(MigrationServiceDefinition),
    furtherMigration: stub(EngineMigrationServiceDefinition),
    [Symbol.dispose]: () => channel.close(),
  };
}

/** Gives every unary call a deadline. */
const patience: ClientMiddleware<Patience> = async function* (call, options) {
  const { deadline = call.responseStream ? Infinity : usualPatience, signal, ...rest } = options;
  if (deadline === Infinity) return yield* call.next(call.request as never, { ...rest, signal });
  const timeout = AbortSignal.timeout(deadline);
  try {
    return yield* call.next(call.request as never, {
      ...rest,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
  } catch (error) {
    if (timeout.aborted && !signal?.aborted)
      throw deadlineExceeded(`no answer within ${deadline / 1000} seconds`, error);
    throw error;
  }
};

function secure({ ca, cert, key, verify }: TlsFiles): ChannelCredentials {
  // Node's own habit of naming an IP address to the server is none of the user's concern.
  process.noDeprecation = true;
  if ((cert === undefined) !== (key === undefined)) throw invalidArgument('--tlscert and --tlskey go together');
  return ChannelCredentials.createSsl(read(ca), read(key), read(cert), { rejectUnauthorized: verify });
}

function read(path: string | undefined): Buffer | null {
  if (path === undefined) return null;
  try {
    return readFileSync(path);
  } catch (error) {
    throw invalidArgument(`cannot read ${path}`, error);
  }
}
