import { invalidArgument } from '@arcbox/errors';
import type { NetworkMode } from '../record/config.ts';
import type { Container } from '../record/container.ts';

/** `bridge` (also if empty), `host`, `none`, `container:<id or name>`, or the name of a network. */
export function parseNetworkMode(text: string, find: (reference: string) => Container): NetworkMode {
  if (text === '' || text === 'default' || text === 'bridge') return { kind: 'network', name: 'bridge' };
  if (text === 'host' || text === 'none') return { kind: text };
  if (!text.startsWith('container:')) return { kind: 'network', name: text };
  const reference = text.slice('container:'.length);
  if (reference === '') throw invalidArgument('network_mode container: needs the id or name of a container');
  return { kind: 'container', id: find(reference).id };
}

/** Name of the network mode as requests and inspect write it. */
export function formatNetworkMode(mode: NetworkMode): string {
  switch (mode.kind) {
    case 'network':
      return mode.name;
    case 'container':
      return `container:${mode.id}`;
    case 'host':
    case 'none':
      return mode.kind;
  }
}
