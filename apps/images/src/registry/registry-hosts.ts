import { readFileSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
import { failedPrecondition, messageOf } from '@arcbox/errors';
import { allCapabilities, type Capability, type HostEntry, parseHostsFile } from './hosts-file.ts';
import { isLoopback } from './loopback.ts';
import { readCertificate, readCertificates, type Trust } from './trust.ts';

/** A host that serves repositories: a registry, or a mirror of it. */
export interface RegistryHost {
  /** `localhost:5000`, as in a URL: without the port that its scheme implies. */
  readonly authority: string;
  /** Tried in this order. */
  readonly schemes: readonly Scheme[];
  /** Path of the API: `/v2`. */
  readonly path: string;
  readonly capabilities: readonly Capability[];
  readonly headers: { readonly [name: string]: string | string[] };
  readonly trust: Trust;
  /** Milliseconds; undefined means the usual. */
  readonly connectTimeout: number | undefined;
  /** The registry that it stands for; undefined for the registry itself, which alone is shown a login. */
  readonly mirrorOf: string | undefined;
}

export type Scheme = 'https' | 'http';

export interface RegistryHostsOptions {
  /** Directories with `<host>/hosts.toml` and `_default/hosts.toml`. The first that knows a host decides. */
  readonly registries?: readonly string[];
  /** Directories with certificates: `<host>/*.crt`. */
  readonly certificates: readonly string[];
  /** Registries that may speak plain HTTP or show any certificate; as in Docker, those on loopback. */
  readonly isInsecure?: (host: string) => boolean;
}

/** Which hosts serve a registry. Read anew for every operation: whoever edits the files restarts nothing. */
export class RegistryHosts {
  readonly #registries: readonly string[];
  readonly #certificates: readonly string[];
  readonly #isInsecure: (host: string) => boolean;

  constructor({ registries = [], certificates, isInsecure = isLoopback }: RegistryHostsOptions) {
    this.#registries = registries;
    this.#certificates = [...certificates, ...registries];
    this.#isInsecure = isInsecure;
  }

  /** In the order in which they are to be tried; the registry itself is the last. `domain` as in references. */
  of(domain: string): RegistryHost[] {
    const found = this.#find(domain);
    if (!found) return [this.#plain(domain)];
    const { mirrors, server } = parseHostsFile(found.text, found.file);
    const hosts = [...mirrors, server].map((entry) => this.#host(entry, domain, dirname(found.file)));
    // A mirror that is the registry itself, as some write it, is not asked twice for the same.
    return hosts.filter((host, index) => !hosts.slice(0, index).some((before) => isRepetition(before, host)));
  }

  /** Trust for another host that a registry names: its token server, its storage. It shares the registry's authorities. */
  trustOf(authority: string, registry: RegistryHost): Trust {
    if (authority === registry.authority) return registry.trust;
    const own = readCertificates(authority, this.#certificates);
    const ca = [...registry.trust.ca, ...own.ca];
    return { verify: ca.length > 0 || !this.#isInsecure(authority), ca, clients: own.clients };
  }

  #find(domain: string): { file: string; text: string } | undefined {
    const names = [domain, domain.replace(/:(\d+)$/, '_$1_'), '_default'];
    for (const name of new Set(names)) {
      for (const directory of this.#registries) {
        const file = posix.join(directory, name, 'hosts.toml');
        const text = readIfThere(file);
        if (text !== undefined) return { file, text };
      }
    }
    return undefined;
  }

  #plain(domain: string): RegistryHost {
    const url = new URL(`https://${endpointOf(domain)}`);
    const { ca, clients } = this.#certificatesOf(url.host, domain);
    const mayBeInsecure = this.#isInsecure(domain);
    return {
      authority: url.host,
      schemes: mayBeInsecure ? ['https', 'http'] : ['https'],
      path: '/v2',
      capabilities: allCapabilities,
      headers: {},
      trust: { verify: ca.length > 0 || !mayBeInsecure, ca, clients },
      connectTimeout: undefined,
      mirrorOf: undefined,
    };
  }

  #host(entry: HostEntry, domain: string, directory: string): RegistryHost {
    const plain = this.#plain(domain);
    const { url, capabilities, headers, connectTimeout } = entry;
    const authority = url ? endpointOf(url.host) : plain.authority;
    const isOwn = authority === plain.authority;
    const around = url === undefined ? plain.trust : this.#certificatesOf(authority, isOwn ? domain : authority);
    const read = (path: string): string => readCertificate(resolve(directory, path));
    const ca = [...around.ca, ...entry.ca.map(read)];
    const clients = entry.clients.map(({ certificate, key }) => ({
      certificate: read(certificate),
      key: read(key || certificate),
    }));
    const mayBeAnybody = entry.skipVerify || (url === undefined && ca.length === 0 && !plain.trust.verify);
    return {
      authority,
      schemes: url ? [url.protocol === 'http:' ? 'http' : 'https'] : plain.schemes,
      path: url ? apiPath(url, entry.overridePath) : plain.path,
      capabilities,
      headers,
      trust: { verify: !mayBeAnybody, ca, clients: [...around.clients, ...clients] },
      connectTimeout,
      mirrorOf: isOwn ? undefined : domain,
    };
  }

  #certificatesOf(authority: string, domain: string): Pick<Trust, 'ca' | 'clients'> {
    const sets = [...new Set([authority, domain])].map((name) => readCertificates(name, this.#certificates));
    return { ca: sets.flatMap(({ ca }) => ca), clients: sets.flatMap(({ clients }) => clients) };
  }
}

/** Docker Hub is served elsewhere than its name says. */
export function endpointOf(domain: string): string {
  return domain === 'docker.io' ? 'registry-1.docker.io' : domain;
}

function apiPath({ pathname }: URL, isWhole: boolean): string {
  const path = pathname.replace(/\/+$/, '');
  return isWhole || path.endsWith('/v2') ? path : `${path}/v2`;
}

function isRepetition(before: RegistryHost, host: RegistryHost): boolean {
  const isSamePlace = before.authority === host.authority && before.path === host.path;
  return isSamePlace && host.capabilities.every((capability) => before.capabilities.includes(capability));
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw failedPrecondition(`${file} cannot be read: ${messageOf(error)}`, error);
  }
}
