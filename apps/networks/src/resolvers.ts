import { readFileSync } from 'node:fs';
import { type Family, parseAddress } from './cidr.ts';
import type { Resolvers } from './sandbox.ts';

/** Where a host says whom it asks for names; the second is the real list behind systemd-resolved's stub. */
const files = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/** For a host that asks only itself: the public resolvers that Docker falls back to as well. */
const fallback = ['8.8.8.8', '8.8.4.4'];

/** The host's resolvers as a container can use them: those on loopback are not in its reach. */
export function hostResolvers(families: readonly Family[], read = readText): Resolvers {
  const [own, ...others] = files.map((file) => parseResolvConf(read(file)));
  const usable = [own, ...others].find((conf) => conf && outside(conf.nameservers, families).length > 0);
  return {
    nameservers: usable ? outside(usable.nameservers, families) : fallback,
    search: own?.search ?? [],
    options: own?.options ?? [],
  };
}

/** Whom the host itself asks, on its loopback as well. */
export function askedByHost(read = readText): readonly string[] {
  const { nameservers } = parseResolvConf(read(files[0] ?? ''));
  return nameservers.length > 0 ? nameservers : fallback;
}

/** resolv.conf(5): the last of `search` and `domain` wins. */
export function parseResolvConf(text: string): Resolvers {
  const nameservers: string[] = [];
  const options: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.replace(/[#;].*/, '').trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) nameservers.push(values[0]);
    else if (keyword === 'options') options.push(...values);
    else if (keyword === 'search' || keyword === 'domain') search = values.filter((domain) => domain !== '.');
  }
  return { nameservers, search, options };
}

function outside(nameservers: readonly string[], families: readonly Family[]): string[] {
  return nameservers.filter((server) => {
    const address = parseAddress(server);
    if (!address || !families.includes(address.family)) return false;
    return address.family === 4 ? address.value >> 24n !== 127n : address.value !== 1n;
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
