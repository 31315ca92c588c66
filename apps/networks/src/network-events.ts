import type { NewEvent } from '@arcbox/store';
import type { Network } from './network.ts';
import type { Endpoint, Sandbox } from './sandbox.ts';

export function networkEvent(action: 'create' | 'destroy', network: Network): NewEvent {
  const { id, name, driver, labels } = network;
  return { type: 'network', action, actor: { id, attributes: { ...labels, name, type: driver } } };
}

export function connectionEvent(action: 'connect' | 'disconnect', sandbox: Sandbox, endpoint: Endpoint): NewEvent {
  const attributes = { container: sandbox.id, name: endpoint.networkName, type: endpoint.driver };
  return { type: 'network', action, actor: { id: endpoint.networkId, attributes } };
}
