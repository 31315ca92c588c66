import { isSet, isTrue, type Json, objectOf, objectsOf, shown, textMapOf, textOf } from './json.ts';
import type { Texts } from './order.ts';
import { type Source, usualNetwork } from './source.ts';

/** Answer of `GET /networks/{id}`, or one of the list. */
export type DockerNetwork = Json;

export interface UserNetworkOrder {
  readonly name: string;
  readonly internal: boolean;
  readonly ipv6: boolean;
  /** It has IPv6 alone. */
  readonly withoutIPv4?: true;
  readonly labels: Texts;
  /** One of a family at most. Those that the source has chosen itself, too: containers have fixed addresses in them. */
  readonly subnets: readonly SubnetOrder[];
}

export interface SubnetOrder {
  readonly subnet: string;
  readonly gateway: string;
  readonly range: string;
}

export interface MappedNetwork {
  readonly order: UserNetworkOrder;
  /** What cannot be carried, in words. */
  readonly lost: readonly string[];
  /** Why it cannot be brought over at all. */
  readonly unsupported?: string;
}

/** Whether every engine has it: there is nothing to bring over. */
export function isPredefined({ Name, Driver }: DockerNetwork, source: Source): boolean {
  return ['bridge', 'host', 'none', usualNetwork[source]].includes(textOf(Name)) || ['host', 'null', 'none'].includes(textOf(Driver));
}

/** A network of the source in the terms of this engine. */
export function toNetworkOrder(network: DockerNetwork): MappedNetwork {
  const ipam = objectOf(network['IPAM']);
  const lost = [...optionsOf(network), ...ipamOf(ipam)];
  const ipv6 = isTrue(network['EnableIPv6']);
  const order = {
    name: textOf(network['Name']),
    internal: isTrue(network['Internal']),
    ipv6,
    ...(ipv6 && !hasIPv4(network) ? { withoutIPv4: true as const } : {}),
    labels: textMapOf(network['Labels']),
    subnets: subnetsOf(ipam, ipv6, lost),
  };
  if (isTrue(network['Attachable'])) lost.push('attachable, which means something in a swarm only');
  if (network['EnableIPv4'] === false && !ipv6) lost.push('without IPv4 and IPv6: here it has IPv4');
  lost.push(...unread(network));
  const unsupported = whyNot(network);
  return { order, lost, ...(unsupported === undefined ? {} : { unsupported }) };
}

/** Those who do not say have subnets of all that a network has. */
function hasIPv4({ EnableIPv4, IPAM }: DockerNetwork): boolean {
  if (typeof EnableIPv4 === 'boolean') return EnableIPv4;
  const subnets = objectsOf(objectOf(IPAM)['Config']).map(({ Subnet }) => textOf(Subnet));
  return subnets.length === 0 || subnets.some((subnet) => !subnet.includes(':'));
}

/** Some engines take any text for a name. */
const canBeNamed = (name: string): boolean => /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/.test(name) && name !== 'default';

function whyNot(network: DockerNetwork): string | undefined {
  const [driver, scope] = [textOf(network['Driver']), textOf(network['Scope'])];
  if (isTrue(network['Ingress']) || scope === 'swarm' || scope === 'global') return 'it belongs to a swarm';
  if (isTrue(network['ConfigOnly'])) return 'it is a configuration for others';
  if (driver !== 'bridge' && driver !== '') return `its driver is ${driver}`;
  return canBeNamed(textOf(network['Name'])) ? undefined : 'no network can have that name here';
}

function subnetsOf(ipam: Json, ipv6: boolean, lost: string[]): SubnetOrder[] {
  const all = objectsOf(ipam['Config']).map(({ Subnet, Gateway, IPRange }) => ({
    subnet: textOf(Subnet),
    gateway: textOf(Gateway).split('/')[0] ?? '',
    range: textOf(IPRange),
  }));
  const isSix = ({ subnet }: SubnetOrder): boolean => subnet.includes(':');
  const [four, six] = [all.filter((one) => one.subnet !== '' && !isSix(one)), all.filter(isSix)];
  const further = [...four.slice(1), ...six.slice(ipv6 ? 1 : 0)];
  lost.push(...further.map(({ subnet }) => `subnet ${subnet}: there is one of IPv4 and, where IPv6 is on, one of IPv6`));
  return [...four.slice(0, 1), ...(ipv6 ? six.slice(0, 1) : [])];
}

function ipamOf(ipam: Json): string[] {
  const driver = textOf(ipam['Driver']);
  // podman's name for its default.
  const options = Object.entries(textMapOf(ipam['Options'])).filter(([name, value]) => !(name === 'driver' && value === 'host-local'));
  const auxiliary = objectsOf(ipam['Config']).flatMap(({ AuxiliaryAddresses: ip4, AuxAddress: ip6 }) => Object.entries(textMapOf(ip4 ?? ip6)));
  return [
    ...(['', 'default', 'host-local'].includes(driver) ? [] : [`driver of addresses ${driver}: here it is the usual one`]),
    ...options.map(([name, value]) => `option of addresses ${name}=${value}`),
    ...auxiliary.map(([name, address]) => `address ${address} is kept for ${name}`),
  ];
}

/** Options that say what is so here anyway. */
const usual: Texts = {
  'com.docker.network.bridge.default_bridge': 'false',
  'com.docker.network.bridge.enable_icc': 'true',
  'com.docker.network.bridge.enable_ip_masquerade': 'true',
  'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
};

function optionsOf(network: DockerNetwork): string[] {
  const given = Object.entries(textMapOf(network['Options'])).filter(([name, value]) => usual[name] !== value);
  return given.map(([name, value]) => `option ${name}=${value}`);
}

const read = new Set([
  ...['Name', 'Driver', 'Scope', 'IPAM', 'Internal', 'EnableIPv6', 'EnableIPv4', 'Labels', 'Options', 'Attachable', 'Ingress', 'ConfigOnly'],
  // What it is called there, when it was made, and who is on it.
  ...['Id', 'Created', 'Containers', 'Services', 'Peers', 'Status'],
]);

function unread(network: DockerNetwork): string[] {
  const others = Object.entries(network).filter(([name, value]) => !read.has(name) && isSet(value));
  return others.map(([name, value]) => `${name}: ${shown(value)}`);
}
