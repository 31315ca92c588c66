import { invalidArgument } from '@arcbox/errors';
import type { Container, NetworkMode } from './container.ts';

/** `bridge` (also if empty), `host`, `none`, `container:<id or name>`, or the name of a network. */
export function parseNetworkMode(text: string, find: (reference: string) => Container): NetworkMode {
  if (text === '' || text === 'default' || text === 'bridge') return { kind: 'network', name: 'bridge' };
  if (text === 'host' || text === 'none') return { kind: text };
  if (!text.startsWith('container:')) return { kind: 'network', name: text };
  const reference = text.slice('container:'.length);
  if (reference === '') throw invalidArgument('network_mode container: needs the id or name of a container');
  return { kind: 'container', id: find(reference).id };
}
