import { type Address, parseAddress, widthOf } from './cidr.ts';
import { attribute, type Request } from './netlink.ts';

/** linux/rtnetlink.h, if_link.h, veth.h, if_addr.h */
const types = { newLink: 16, newAddress: 20, newRoute: 24 };
const flags = { replace: 0x100, exclusive: 0x200, create: 0x400 };
const link = { address: 1, name: 3, mtu: 4, master: 10, info: 18, alias: 20, namespace: 28 };
const info = { kind: 1, data: 2, portKind: 4, portData: 5 };
const [vethPeer, portHairpin] = [1, 4];
const addressPart = { address: 1, local: 2 };
const noDuplicateDetection = 2;
const route = { device: 4, gateway: 5 };
const [mainTable, byAdministrator, unicast] = [254, 3, 1];
const isUp = 1;
/** socket(7) */
const families = { 4: 2, 6: 10 } as const;

/** A pair of interfaces, one end on a bridge, the other in a network namespace. */
export interface Pair {
  readonly name: string;
  /** Index of the bridge. */
  readonly bridge: number;
  readonly mtu: number;
  readonly inside: { readonly name: string; readonly mac: string; /** Descriptor of the namespace. */ readonly namespace: number };
}

export function addPair({ name, bridge, mtu, inside }: Pair): Request {
  const peer = [
    head({ up: undefined }),
    attribute(link.name, text(inside.name)),
    attribute(link.mtu, number(mtu)),
    attribute(link.address, Buffer.from(inside.mac.replaceAll(':', ''), 'hex')),
    attribute(link.namespace, number(inside.namespace)),
  ];
  const pair = nested(info.data, [attribute(vethPeer, Buffer.concat(peer))]);
  const parts = [
    ...[attribute(link.name, text(name)), attribute(link.mtu, number(mtu)), attribute(link.master, number(bridge))],
    nested(link.info, [attribute(info.kind, text('veth')), pair]),
  ];
  const body = Buffer.concat([head({ up: true }), ...parts]);
  return { what: `adding interface ${name}`, type: types.newLink, flags: flags.create | flags.exclusive, body };
}

/** What people see of it. */
export function setAlias(name: string, alias: string): Request {
  return change(name, 'naming', undefined, [attribute(link.alias, Buffer.from(alias))]);
}

/** The bridge lets packets out by the port that they came in by. */
export function setHairpin(name: string): Request {
  const port = nested(info.portData, [attribute(portHairpin, Buffer.from([1]))]);
  return change(name, 'setting hairpin of', undefined, [nested(link.info, [attribute(info.portKind, text('bridge')), port])]);
}

export function setUp(name: string): Request {
  return change(name, 'setting up', true, []);
}

export function takeOffBridge(name: string): Request {
  return change(name, 'taking down', false, [attribute(link.master, number(0))]);
}

/** `device` is the index of an interface. */
export function addAddress(device: number, address: string, prefix: number): Request {
  const parsed = parse(address);
  const body = Buffer.alloc(8);
  body.set([families[parsed.family], prefix, parsed.family === 6 ? noDuplicateDetection : 0, 0]);
  body.writeUInt32LE(device, 4);
  const value = bytesOf(parsed);
  const parts = [attribute(addressPart.local, value), attribute(addressPart.address, value)];
  return { what: `adding address ${address}`, type: types.newAddress, flags: flags.create | flags.exclusive, body: Buffer.concat([body, ...parts]) };
}

export function replaceDefaultRoute(device: number, gateway: string): Request {
  const parsed = parse(gateway);
  const body = Buffer.alloc(12);
  body.set([families[parsed.family], 0, 0, 0, mainTable, byAdministrator, 0, unicast]);
  const parts = [attribute(route.gateway, bytesOf(parsed)), attribute(route.device, number(device))];
  return { what: `setting the default route to ${gateway}`, type: types.newRoute, flags: flags.create | flags.replace, body: Buffer.concat([body, ...parts]) };
}

function change(name: string, doing: string, up: boolean | undefined, parts: readonly Buffer[]): Request {
  const body = Buffer.concat([head({ up }), attribute(link.name, text(name)), ...parts]);
  return { what: `${doing} interface ${name}`, type: types.newLink, flags: 0, body };
}

/** struct ifinfomsg; undefined leaves the interface up or down as it is. */
function head({ up }: { up: boolean | undefined }): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(up ? isUp : 0, 8);
  bytes.writeUInt32LE(up === undefined ? 0 : isUp, 12);
  return bytes;
}

function nested(type: number, parts: readonly Buffer[]): Buffer {
  return attribute(type, Buffer.concat(parts));
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function parse(address: string): Address {
  const parsed = parseAddress(address);
  if (!parsed) throw new Error(`not an address: ${address}`);
  return parsed;
}

function bytesOf({ family, value }: Address): Buffer {
  return Buffer.from(value.toString(16).padStart(widthOf(family) / 4, '0'), 'hex');
}
