import type { CallContext } from '@arcbox/rpc';
import { requireNamespace, theNamespace } from './namespace.ts';

/** Metadata in which clients of containerd name their namespace. */
const namespaceKey = 'containerd-namespace';

type Metadata = Pick<CallContext, 'metadata'>;

/** Whether a call is for the namespace that there is; one that names none is. */
export function isForUs({ metadata }: Metadata): boolean {
  return namespaceOf(metadata) === theNamespace;
}

/** NOT_FOUND when a call is for another namespace. */
export function requireOurs({ metadata }: Metadata): void {
  requireNamespace(namespaceOf(metadata));
}

const namespaceOf = (metadata: CallContext['metadata']): string => metadata.get(namespaceKey) || theNamespace;
