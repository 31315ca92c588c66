import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RegistryHost, RegistryHosts } from './registry-hosts.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'abx-hosts-'))));
afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

const open = (): RegistryHosts =>
  new RegistryHosts({
    registries: [join(directory, 'first'), join(directory, 'second')],
    certificates: [join(directory, 'certs.d')],
  });

const placesOf = (hosts: RegistryHost[]): string[] =>
  hosts.map(({ schemes, authority, path }) => `${schemes.join('|')}://${authority}${path}`);

describe('hosts of a registry', () => {
  it('are the registry alone where nothing is configured', () => {
    const hosts = open();
    expect(placesOf(hosts.of('docker.io'))).toEqual(['https://registry-1.docker.io/v2']);
    expect(placesOf(hosts.of('localhost:5000'))).toEqual(['https|http://localhost:5000/v2']);
    expect(hosts.of('docker.io')[0]?.trust).toEqual({ verify: true, ca: [], clients: [] });
    expect(hosts.of('localhost:5000')[0]?.trust.verify).toBe(false);
  });

  it('come from the first directory that knows it, and from _default when none does', () => {
    const hosts = open();
    write('second/quay.io/hosts.toml', '[host."https://second"]');
    write('second/_default/hosts.toml', '[host."https://fallback"]');
    expect(placesOf(hosts.of('quay.io'))).toEqual(['https://second/v2', 'https://quay.io/v2']);
    write('first/quay.io/hosts.toml', '[host."https://first"]');
    write('first/_default/hosts.toml', '');
    // An edit counts at once.
    expect(placesOf(hosts.of('quay.io'))).toEqual(['https://first/v2', 'https://quay.io/v2']);
    expect(placesOf(hosts.of('ghcr.io'))).toEqual(['https://ghcr.io/v2']);
    write('first/ghcr.io_444_/hosts.toml', 'server = "http://plain:80/"');
    expect(placesOf(hosts.of('ghcr.io:444'))).toEqual(['http://plain/v2']);
  });

  it('have the path of the API that is configured', () => {
    write(
      'first/docker.io/hosts.toml',
      ['m1/dir/', 'm2/dir/v2', 'm3/v2/dir'].map((at) => `[host."https://${at}"]`).join('\n') + '\noverride_path = true',
    );
    expect(placesOf(open().of('docker.io'))).toEqual([
      'https://m1/dir/v2',
      'https://m2/dir/v2',
      'https://m3/v2/dir',
      'https://registry-1.docker.io/v2',
    ]);
  });

  it('are shown a login only where it is the registry itself', () => {
    write('first/docker.io/hosts.toml', '[host."https://mirror"]\n[host."https://registry-1.docker.io"]\ncapabilities=["pull"]');
    expect(open().of('docker.io').map(({ mirrorOf }) => mirrorOf)).toEqual(['docker.io', undefined, undefined]);
    // As containerd's own examples write it.
    write('first/docker.io/hosts.toml', 'server = "https://docker.io"');
    expect(open().of('docker.io')).toMatchObject([{ authority: 'registry-1.docker.io', mirrorOf: undefined }]);
    write('first/quay.io/hosts.toml', 'server = "https://quay.io:8443"');
    expect(open().of('quay.io').map(({ mirrorOf }) => mirrorOf)).toEqual(['quay.io']);
  });

  it('are trusted by the certificates in their own directories', () => {
    write('certs.d/r.example/ca.crt', 'CA');
    write('certs.d/r.example/me.cert', 'CERT');
    write('certs.d/r.example/me.key', 'KEY');
    write('first/m.example/other.crt', 'MIRROR');
    write('first/r.example/own.pem', 'OWN');
    write('first/r.example/hosts.toml', 'ca = "own.pem"\nclient = [["own.pem", "own.pem"]]\n[host."https://m.example"]\nskip_verify = true');
    const [mirror, registry] = open().of('r.example');
    expect(mirror?.trust).toEqual({ verify: false, ca: ['MIRROR'], clients: [] });
    expect(registry?.trust).toEqual({
      verify: true,
      ca: ['CA', 'OWN'],
      clients: [
        { certificate: 'CERT', key: 'KEY' },
        { certificate: 'OWN', key: 'OWN' },
      ],
    });
    // Whom the registry names shares its authorities, but is not shown who we are.
    expect(registry && open().trustOf('tokens.example', registry)).toEqual({ verify: true, ca: ['CA', 'OWN'], clients: [] });
    expect(mirror && open().trustOf('storage.example', mirror)).toEqual({ verify: true, ca: ['MIRROR'], clients: [] });
  });

  it('say which certificate is missing', () => {
    write('first/r.example/hosts.toml', 'ca = "nope.pem"');
    expect(() => open().of('r.example')).toThrow(`certificate ${join(directory, 'first/r.example/nope.pem')} cannot be read`);
  });
});
