import type { Container } from '../record/container.ts';
import type { Network } from '../record/status.ts';
import { hostsFile, moveHosts, ownHosts, parseResolv, resolvFile, withHosts, withoutLoopback } from './network-files.ts';

const own = { attachments: [], dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] };
const container = { config: { hostname: 'web', namespaces: { domainname: 'example' } } } as unknown as Container;
const network = { endpoints: [{ ipv4: '10.1.0.2/24', ipv6: 'fd00::2/64' }, { ipv4: '10.2.0.2/24', ipv6: '' }] } as unknown as Network;

describe('hosts', () => {
  it('has the name of the container at all its addresses, and what was asked for', () => {
    const text = hostsFile(container, network, ['192.0.2.1\tdb']);
    expect(text).toMatch(/^127\.0\.0\.1\tlocalhost\n/);
    expect(text.split('\n').slice(6)).toEqual([
      '10.1.0.2\tweb.example web', 'fd00::2\tweb.example web', '10.2.0.2\tweb.example web', '192.0.2.1\tdb', '',
    ]);
  });

  it('of the host goes before what was asked for, each on lines of their own', () => {
    const lines = ['192.0.2.1\tdb', '192.0.2.2\tdb'];
    expect(withHosts('127.0.0.1 localhost', lines)).toBe('127.0.0.1 localhost\n192.0.2.1\tdb\n192.0.2.2\tdb\n');
    expect(withHosts('127.0.0.1 localhost\n', lines)).toBe('127.0.0.1 localhost\n192.0.2.1\tdb\n192.0.2.2\tdb\n');
    expect(withHosts('', lines)).toBe('192.0.2.1\tdb\n192.0.2.2\tdb\n');
    expect(withHosts('127.0.0.1 localhost', [])).toBe('127.0.0.1 localhost');
  });

  it('keeps what the container has written when its networks change', () => {
    const [first = '', ...others] = ownHosts(container, network);
    const before = `127.0.0.1\tlocalhost\n${first}\n192.0.2.7 mine\n`;
    expect(moveHosts(before, [first], others)).toBe(`127.0.0.1\tlocalhost\n192.0.2.7 mine\n${others.join('\n')}\n`);
    expect(moveHosts('no end of line', [], [first])).toBe(`no end of line\n${first}\n`);
    expect(moveHosts(before, [first], [first])).toBe(before);
  });
});

describe('resolv.conf', () => {
  const given = { nameservers: ['10.1.0.1'], search: ['host.test'], dnsOptions: ['ndots:0'] };

  it('has what the network gives, or what was asked for instead', () => {
    expect(resolvFile(given)).toBe('nameserver 10.1.0.1\nsearch host.test\noptions ndots:0\n');
    expect(resolvFile(given, { ...own, dnsSearch: ['.'], dnsOptions: ['rotate'] })).toBe('nameserver 10.1.0.1\noptions ndots:0 rotate\n');
    expect(resolvFile(given, { ...own, dnsSearch: ['a', 'b'], dnsOptions: ['ndots:3'] })).toBe('nameserver 10.1.0.1\nsearch a b\noptions ndots:3\n');
  });

  it('of the host is read as the resolver does, without what only the host reaches', () => {
    const parsed = parseResolv('# by hand\nnameserver 127.0.0.53 ; stub\nnameserver 192.0.2.1\ndomain old\nsearch a b\noptions edns0\noptions trust-ad\n');
    expect(withoutLoopback(parsed)).toEqual({ nameservers: ['192.0.2.1'], search: ['a', 'b'], dnsOptions: ['edns0', 'trust-ad'] });
    expect(withoutLoopback(parseResolv('nameserver ::1\n')).nameservers).toEqual(['8.8.8.8', '8.8.4.4']);
  });
});
