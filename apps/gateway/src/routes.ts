import { changesNothing, publicServices, workerOf } from '@arcbox/rpc';
import type { FileDescriptorSet, MethodDescriptorProto } from '@bufbuild/protobuf/wkt';

/** Where the calls of one method go. */
export interface Route {
  /** Worker that serves it: `images`. */
  readonly worker: string;
  /** It changes nothing, so a call that got no answer may be made again elsewhere. */
  readonly readOnly: boolean;
  /** One side, or both, may send any number of messages. */
  readonly isStream: boolean;
}

/** What the gateway answers itself, under its own worker name. */
export const ownServices = [
  'arcbox.engine.v1.MetricsService',
  'arcbox.engine.v1.WorkerService',
  'grpc.health.v1.Health',
  'grpc.reflection.v1.ServerReflection',
  'grpc.reflection.v1alpha.ServerReflection',
];

/** Every service that clients find here. */
export const offeredServices: readonly string[] = [...new Set([...publicServices, ...ownServices])];

/** All routes by path, `/package.Service/Method`. A new service needs its line in libs/rpc and nothing here. */
export class Routes {
  readonly #byPath = new Map<string, Route>();
  readonly #services = new Set<string>();

  constructor(set: FileDescriptorSet) {
    for (const file of set.file) {
      for (const service of file.service) {
        const name = file.package === '' ? service.name : `${file.package}.${service.name}`;
        if (offeredServices.includes(name)) this.#add(name, service.method);
      }
    }
  }

  get(path: string): Route | undefined {
    return this.#byPath.get(path);
  }

  /** Why there is no route for `path`, in words. */
  explain(path: string): string {
    const [, service = '', method = ''] = path.split('/');
    return this.#services.has(service) ? `unknown method ${method} of ${service}` : `unknown service ${service}`;
  }

  #add(service: string, methods: readonly MethodDescriptorProto[]): void {
    this.#services.add(service);
    const worker = ownServices.includes(service) ? 'gateway' : (workerOf(service) ?? service);
    for (const { name, clientStreaming, serverStreaming } of methods) {
      this.#byPath.set(`/${service}/${name}`, { worker, readOnly: changesNothing(name), isStream: clientStreaming || serverStreaming });
    }
  }
}
