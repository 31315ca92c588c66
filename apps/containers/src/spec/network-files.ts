import { readFileSync } from 'node:fs';
import type { Container } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import type { Networking } from '../options/networking.ts';

/** Used where the host's own name servers cannot be reached from another namespace. */
const publicServers = ['8.8.8.8', '8.8.4.4'];

/** What resolv.conf(5) says. */
export type Resolv = Pick<Network, 'nameservers' | 'search' | 'dnsOptions'>;

/** /etc/hosts of a container: loopback, its own name at its addresses, and further lines. */
export function hostsFile(container: Container, network: Network | undefined, extra: readonly string[]): string {
  return [
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'ff00::0\tip6-mcastprefix',
    'ff02::1\tip6-allnodes',
    'ff02::2\tip6-allrouters',
    ...ownHosts(container, network),
    ...extra,
    ...Object.entries(container.config.internal?.extraHosts ?? {}).map(([name, address]) => `${address}\t${name}`),
    '',
  ].join('\n');
}

/** A hosts file of somebody else with lines of ours at its end, which need not be the end of a line. */
export function withHosts(text: string, extra: readonly string[]): string {
  const whole = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return extra.length === 0 ? text : [whole, ...extra.map((line) => `${line}\n`)].join('');
}

/** Its own name, at its address on each network. */
export function ownHosts({ config }: Container, network: Network | undefined): string[] {
  const { hostname, namespaces } = config;
  const domain = namespaces?.domainname ?? '';
  const names = domain === '' ? hostname : `${hostname}.${domain} ${hostname}`;
  return (network?.endpoints ?? []).flatMap(({ ipv4, ipv6 }) =>
    [ipv4, ipv6].filter(Boolean).map((address) => `${address.split('/')[0]}\t${names}`),
  );
}

/** A hosts file with some lines of ours in place of others; what somebody else wrote stays as it is. */
export function moveHosts(text: string, before: readonly string[], after: readonly string[]): string {
  const gone = new Set(before.filter((line) => !after.includes(line)));
  const kept = text.split('\n').filter((line) => !gone.has(line));
  const missing = after.filter((line) => !kept.includes(line));
  if (kept.at(-1) === '') kept.pop();
  return [...kept, ...missing, ''].join('\n');
}

/** resolv.conf(5) with what the container has been given instead. A search domain `.` means none. */
export function resolvFile({ nameservers, search, dnsOptions }: Resolv, own?: Networking): string {
  const domains = own && own.dnsSearch.length > 0 ? own.dnsSearch.filter((domain) => domain !== '.') : search;
  const options = own && own.dnsOptions.length > 0 ? mergeOptions(dnsOptions, own.dnsOptions) : dnsOptions;
  return [
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(domains.length > 0 ? [`search ${domains.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
}

export function parseResolv(text: string): Resolv {
  const lines = text.split('\n').map((line) => line.replace(/[#;].*/, '').trim().split(/\s+/));
  const valuesOf = (keyword: string): string[][] => lines.filter(([first]) => first === keyword).map(([, ...values]) => values);
  return {
    nameservers: valuesOf('nameserver').flatMap(([server]) => server ?? []),
    search: (valuesOf('search').at(-1) ?? valuesOf('domain').at(-1) ?? []).filter((domain) => domain !== '.'),
    dnsOptions: valuesOf('options').flat(),
  };
}

/** Without servers on the host's loopback, which a container cannot reach. */
export function withoutLoopback(resolv: Resolv): Resolv {
  const kept = resolv.nameservers.filter((server) => !/^(127\.|::1$)/.test(server));
  return { ...resolv, nameservers: kept.length > 0 ? kept : publicServers };
}

/** A file of the host, or empty where there is none. */
export function readHostFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The server of a network answers names without dots; only a `ndots` of the container's own takes that back. */
function mergeOptions(network: readonly string[], own: readonly string[]): string[] {
  const isDots = (option: string): boolean => option.startsWith('ndots:');
  return [...(own.some(isDots) ? [] : network.filter(isDots)), ...own];
}
