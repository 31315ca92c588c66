import type { PortBinding } from '@arcbox/proto/arcbox/v1/common';
import type { PublishedPort } from '../ports.ts';
import { mapOf } from './shape.ts';

interface HostPort {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** `{"80/tcp":[{"HostIp":"","HostPort":"8080"}]}`: as they were asked for; empty where any will do. */
export function bindingsToDocker(bindings: readonly PublishedPort[]): Record<string, HostPort[]> {
  return grouped(bindings, ({ hostIp, hostPort, lastHostPort }) => ({
    HostIp: hostIp,
    HostPort: hostPort > 0 ? [hostPort, lastHostPort].filter((port) => port !== undefined).join('-') : '',
  }));
}

/** The same for ports that are published; those that are only exposed are there with nothing. */
export function publishedToDocker(
  published: readonly PortBinding[],
  exposed: readonly string[],
): Record<string, HostPort[] | null> {
  const bound = grouped(published, ({ hostIp, hostPort }) => ({
    HostIp: hostIp || '0.0.0.0',
    HostPort: String(hostPort),
  }));
  const unbound = exposed.filter((port) => !(port in bound)).map((port) => [port, null] as const);
  return mapOf<HostPort[] | null>([...Object.entries(bound), ...unbound]);
}

function grouped<Binding extends PortBinding>(bindings: readonly Binding[], show: (binding: Binding) => HostPort): Record<string, HostPort[]> {
  const groups = Object.groupBy(bindings, ({ containerPort, protocol }) => `${containerPort}/${protocol || 'tcp'}`);
  return mapOf(Object.entries(groups).map(([port, group = []]) => [port, group.map(show)] as const));
}
