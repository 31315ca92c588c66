import { askedByHost, hostResolvers, parseResolvConf } from './resolvers.ts';

const host = (files: { [path: string]: string }) => (path: string) => files[path] ?? '';

describe('resolv.conf', () => {
  it('is read as resolv.conf(5) says', () => {
    const text = 'domain first.example\n# nameserver 1.1.1.1\nsearch a.example b.example ; the last wins\nnameserver 10.0.0.1\noptions ndots:2 rotate\nnameserver fd00::1\n';
    expect(parseResolvConf(text)).toEqual({
      nameservers: ['10.0.0.1', 'fd00::1'],
      search: ['a.example', 'b.example'],
      options: ['ndots:2', 'rotate'],
    });
  });

  it('gives containers the servers that they can reach', () => {
    const read = host({ '/etc/resolv.conf': 'nameserver 127.0.0.1\nnameserver 10.0.0.1\nnameserver fd00::1\n' });
    expect(hostResolvers([4], read).nameservers).toEqual(['10.0.0.1']);
    expect(hostResolvers([4, 6], read).nameservers).toEqual(['10.0.0.1', 'fd00::1']);
  });

  it('looks behind the stub of systemd-resolved, and keeps the search list', () => {
    const read = host({
      '/etc/resolv.conf': 'nameserver 127.0.0.53\nsearch lan\n',
      '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.53\n',
    });
    expect(hostResolvers([4], read)).toEqual({ nameservers: ['192.0.2.53'], search: ['lan'], options: [] });
  });

  it('asks itself those on its loopback too', () => {
    expect(askedByHost(host({ '/etc/resolv.conf': 'nameserver 127.0.0.53\n' }))).toEqual(['127.0.0.53']);
    expect(askedByHost(host({}))).toEqual(['8.8.8.8', '8.8.4.4']);
  });

  it('falls back to public servers', () => {
    expect(hostResolvers([4], host({})).nameservers).toEqual(['8.8.8.8', '8.8.4.4']);
  });
});
