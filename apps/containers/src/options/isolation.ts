import { invalidArgument } from '@arcbox/errors';
import type { Config, NetworkMode, PortRange } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import type { MountRequest } from '../create/mounts.ts';
import { parseSignal } from '../stop/signals.ts';
import { checkDevices, type DevicesRequest } from './devices.ts';
import { checkLife, type LifeRequest } from './life.ts';
import { checkNamespaces, type NamespacesRequest } from './namespaces.ts';
import { checkSecurity, type Security } from './security.ts';
import { checkStorage, type StorageRequest } from './storage.ts';

/** Isolation and files of a container, as somebody asks for them. */
export interface IsolationRequest extends Security, NamespacesRequest, DevicesRequest, StorageRequest, LifeRequest {
  /** Mounts with options that arcbox.v1 has no field for. */
  readonly furtherMounts: readonly MountRequest[];
  readonly exposedPorts: readonly string[];
  readonly publishAll: boolean;
  /** To publish on the first free port of a range each. */
  readonly portRanges: readonly PortRange[];
  /** Empty is the image's. */
  readonly stopSignal: string;
  /** os/arch[/variant] of the image; empty takes the one that is here. */
  readonly platform: string;
  readonly clearEntrypoint: boolean;
}

export interface IsolationContext {
  readonly find: (reference: string) => Container;
  readonly network: NetworkMode;
  /** As asked for. */
  readonly hostname: string;
  /** As asked for. */
  readonly entrypoint: readonly string[];
}

type Groups = Pick<Config, 'security' | 'namespaces' | 'devices' | 'storage' | 'life' | 'publishAll' | 'stopSignal'>;

/** The groups of a container's configuration that are asked for. INVALID_ARGUMENT names what is wrong. */
export function checkIsolation(request: IsolationRequest | undefined, context: IsolationContext): Groups {
  if (!request) return {};
  if (request.clearEntrypoint && context.entrypoint.length > 0) throw invalidArgument('an entrypoint cannot be cleared and given');
  const groups: Groups = {
    security: checkSecurity(request),
    namespaces: checkNamespaces(request, context),
    devices: checkDevices(request),
    storage: checkStorage(request),
    life: checkLife(request),
    publishAll: request.publishAll || undefined,
    stopSignal: request.stopSignal === '' ? undefined : String(parseSignal(request.stopSignal)),
  };
  return Object.fromEntries(Object.entries(groups).filter(([, group]) => group !== undefined));
}
