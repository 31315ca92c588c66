import { invalidArgument } from '@arcbox/errors';

/** Where the gateway listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** Reads `unix:///path`, `unix:/path`, `tcp://host:port` or `host:port`. */
export function parseHost(text: string): Endpoint {
  const unix = /^unix:(?:\/\/)?(?<path>\/[^/].*)$/.exec(text);
  if (unix?.groups?.['path']) return { kind: 'unix', path: unix.groups['path'] };
  const tcp = /^(?:tcp:\/\/)?(?:\[(?<v6>[0-9a-f:.]+)\]|(?<host>[^:/[\]]+)):(?<port>\d{1,5})\/?$/i.exec(text);
  const port = Number(tcp?.groups?.['port']);
  if (!tcp?.groups || port < 1 || port > 65535) {
    throw invalidArgument(`cannot read host ${text}: write unix:///path or tcp://host:port`);
  }
  return { kind: 'tcp', host: tcp.groups['v6'] ?? tcp.groups['host'] ?? '', port };
}

/** The way people write it. */
export function formatEndpoint(endpoint: Endpoint): string {
  return endpoint.kind === 'unix' ? `unix://${endpoint.path}` : `tcp://${hostAndPort(endpoint)}`;
}

/** As a URL has it: IPv6 in brackets. */
export function hostAndPort({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
