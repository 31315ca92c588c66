import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import type { Clients } from '@arcbox/rpc';
import type { FindRunning } from './catalogue/remove.ts';

/** The containers worker lists from its store; it has no reason to take longer. Milliseconds. */
const patience = 3_000;

/** Asks the containers worker; when it cannot be asked, nobody can tell. */
export function askContainers(clients: Clients): FindRunning {
  return async (image, signal) => {
    try {
      const containers = await clients.of(ContainerServiceDefinition);
      const filters = JSON.stringify({ ancestor: [image], status: ['running', 'paused', 'restarting'] });
      const options = { signal, deadline: new Date(Date.now() + patience) };
      const { containers: found } = await containers.list({ all: true, filters }, options);
      return new Set(found.map(({ id }) => id));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
}
