import { readFileSync } from 'node:fs';
import { type Container, type Network, shortId } from '../container.ts';

/** Used where the host's own name servers cannot be reached from another namespace. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

/** /etc/hosts of a container: loopback, and its own name at its addresses. */
export function hostsFile(container: Container, network: Network | undefined): string {
  const names = [container.config.hostname, ...(container.config.hostname === shortId(container.id) ? [] : [shortId(container.id)])];
  const own = (network?.endpoints ?? []).flatMap(({ ipv4, ipv6 }) =>
    [ipv4, ipv6].filter(Boolean).map((address) => `${address.split('/')[0]}\t${names[0]}`),
  );
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'ff00::0\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ...own,
    ...Object.entries(container.config.internal?.extraHosts ?? {}).map(([name, address]) => `${address}\t${name}`),
    '',
  ].join('\n');
}

/** resolv.conf(5) as the networks worker wants it. */
export function resolvFile({ nameservers, search, dnsOptions }: Network): string {
  return [
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(dnsOptions.length > 0 ? [`options ${dnsOptions.join(' ')}`] : []),
    '',
  ].join('\n');
}

/** The host's resolv.conf without servers on its loopback, which a container cannot reach. */
export function hostResolvFile(text: string): string {
  const kept = text.split('\n').filter((line) => !/^\s*nameserver\s+(127\.|::1\b)/.test(line));
  if (!kept.some((line) => /^\s*nameserver\s/.test(line))) {
    kept.unshift(...publicServers.map((server) => `nameserver ${server}`));
  }
  return kept.join('\n');
}

/** A file of the host, or empty where there is none. */
export function readHostFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
