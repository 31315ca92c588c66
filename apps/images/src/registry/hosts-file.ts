import { failedPrecondition, messageOf } from '@arcbox/errors';
import { parse } from 'smol-toml';

/** What a host may be asked for: the meaning of a tag, content by its digest, to take content. */
export type Capability = 'resolve' | 'pull' | 'push';

export const allCapabilities: readonly Capability[] = ['pull', 'resolve', 'push'];

/** What a `hosts.toml` says about one host. Paths are as written, relative to the file's directory. */
export interface HostEntry {
  /** Undefined for the registry itself where the file does not say where it is. */
  readonly url: URL | undefined;
  readonly capabilities: readonly Capability[];
  readonly ca: readonly string[];
  /** A pair without a key has it in the file of the certificate. */
  readonly clients: readonly { readonly certificate: string; readonly key: string }[];
  readonly skipVerify: boolean;
  /** The URL's path is the whole path of the API: `/v2` is not added to it. */
  readonly overridePath: boolean;
  readonly headers: { readonly [name: string]: string | string[] };
  /** Milliseconds. */
  readonly connectTimeout: number | undefined;
}

export interface HostsFile {
  /** To be tried in this order, before the registry itself. */
  readonly mirrors: readonly HostEntry[];
  readonly server: HostEntry;
}

const fields = ['capabilities', 'ca', 'client', 'skip_verify', 'override_path', 'header', 'dial_timeout'];

/** Reads containerd's `hosts.toml` (its docs/hosts.md). FAILED_PRECONDITION, naming `file`, for what it cannot mean. */
export function parseHostsFile(text: string, file: string): HostsFile {
  const reader = new Reader(file);
  const document = reader.document(text);
  reader.refuseUnknown(document, [...fields, 'server', 'host'], '');
  const mirrors = Object.entries(reader.table(document, 'host', '')).map(([address, value]) => {
    const at = `host ${JSON.stringify(address)}: `;
    if (!isTable(value)) throw reader.bad(`${at}not a table`);
    reader.refuseUnknown(value, fields, at);
    return readEntry(reader, value, address, at);
  });
  const server = reader.text(document, 'server', '');
  return { mirrors, server: readEntry(reader, document, server, '') };
}

type Table = Record<string, unknown>;

function readEntry(reader: Reader, table: Table, address: string | undefined, at: string): HostEntry {
  const timeout = reader.text(table, 'dial_timeout', at);
  return {
    url: address === undefined ? undefined : reader.url(address, at),
    capabilities: readCapabilities(reader, table, at),
    ca: reader.textOrList(table, 'ca', at),
    clients: readClients(reader, table, at),
    skipVerify: reader.flag(table, 'skip_verify', at),
    overridePath: reader.flag(table, 'override_path', at),
    headers: readHeaders(reader, table, at),
    connectTimeout: timeout === undefined ? undefined : reader.duration(timeout, at),
  };
}

function readCapabilities(reader: Reader, table: Table, at: string): readonly Capability[] {
  const named = reader.textOrList(table, 'capabilities', at);
  const unknown = named.find((name) => !allCapabilities.some((known) => known === name));
  if (unknown !== undefined) throw reader.bad(`${at}unknown capability ${JSON.stringify(unknown)}`);
  return named.length === 0 ? allCapabilities : allCapabilities.filter((known) => named.includes(known));
}

/** `"both.pem"`, `["one.pem", "two.pem"]` or `[["one.cert", "one.key"], …]` */
function readClients(reader: Reader, table: Table, at: string): HostEntry['clients'] {
  const value = table['client'];
  const list: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return list.map((item) => {
    const [certificate, key = '', ...more] = (Array.isArray(item) ? item : [item]) as unknown[];
    if (typeof certificate !== 'string' || typeof key !== 'string' || more.length > 0) {
      throw reader.bad(`${at}client is neither a file nor a list of files or of pairs of files`);
    }
    return { certificate, key };
  });
}

function readHeaders(reader: Reader, table: Table, at: string): HostEntry['headers'] {
  const headers = reader.table(table, 'header', at);
  for (const [name, value] of Object.entries(headers)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    const isPlain = values.every((item) => typeof item === 'string' && !/[\r\n\0]/.test(item));
    if (!isPlain || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw reader.bad(`${at}invalid header ${name}`);
  }
  return headers as HostEntry['headers'];
}

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Takes values of a document by their type, and names the file where they have another. */
class Reader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  bad(why: string): Error {
    return failedPrecondition(`${this.#file}: ${why}`);
  }

  document(text: string): Table {
    try {
      return parse(text);
    } catch (error) {
      // What follows the first line is a drawing of the place.
      throw this.bad(messageOf(error).split('\n', 1)[0]?.toLowerCase() ?? 'invalid TOML');
    }
  }

  refuseUnknown(table: Table, known: readonly string[], at: string): void {
    const unknown = Object.keys(table).find((key) => !known.includes(key));
    if (unknown !== undefined) throw this.bad(`${at}unknown key ${JSON.stringify(unknown)}`);
  }

  table(table: Table, key: string, at: string): Table {
    const value = table[key] ?? {};
    if (!isTable(value)) throw this.bad(`${at}${key} is not a table`);
    return value;
  }

  text(table: Table, key: string, at: string): string | undefined {
    const value = table[key];
    if (value !== undefined && typeof value !== 'string') throw this.bad(`${at}${key} is not a string`);
    return value === '' ? undefined : value;
  }

  textOrList(table: Table, key: string, at: string): string[] {
    const value = table[key] ?? [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (!list.every((item): item is string => typeof item === 'string')) {
      throw this.bad(`${at}${key} is neither a string nor a list of strings`);
    }
    return list;
  }

  flag(table: Table, key: string, at: string): boolean {
    const value = table[key] ?? false;
    if (typeof value !== 'boolean') throw this.bad(`${at}${key} is neither true nor false`);
    return value;
  }

  url(address: string, at: string): URL {
    const url = URL.parse(/^https?:\/\//.test(address) ? address : `https://${address}`);
    const isPlain = url && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
    if (!isPlain || address.includes('://') !== /^https?:\/\//.test(address)) {
      throw this.bad(`${at}${JSON.stringify(address)} is not the address of a registry`);
    }
    return url;
  }

  /** Milliseconds of a duration as Go writes it: `1m30s`. */
  duration(text: string, at: string): number {
    const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
    if (parts.map(([part]) => part).join('') !== text || total <= 0) throw this.bad(`${at}invalid dial_timeout ${text}`);
    return total;
  }
}
