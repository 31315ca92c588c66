import { attachmentsOf, checkNetworking, type Networking, splitHost, wantedMode, withAttachments } from './networking.ts';

const plain = { ipv4: '', ipv6: '', mac: '', aliases: [] };
const none: Networking = { attachments: [], dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] };
const app = { kind: 'network', name: 'app' } as const;

describe('networks of a container', () => {
  it('are the one of its mode, first, and the others in their order', () => {
    const attachments = [{ ...plain, network: 'back' }, { ...plain, network: 'app', ipv4: '10.1.0.9', mac: '02:AA:00:00:00:01' }];
    expect(checkNetworking({ ...none, attachments }, app)?.attachments).toEqual([
      { ...plain, network: 'app', ipv4: '10.1.0.9', mac: '02:aa:00:00:00:01' },
      { ...plain, network: 'back' },
    ]);
    expect(attachmentsOf({ network: app })).toEqual([{ ...plain, network: 'app' }]);
    expect(attachmentsOf({ network: { kind: 'host' } })).toEqual([]);
    expect(checkNetworking(none, app)).toBeUndefined();
  });

  it('give the mode where there is none', () => {
    const networking = { ...none, attachments: [{ ...plain, network: 'back' }] };
    expect(wantedMode({ networkMode: '', networking })).toBe('back');
    expect(wantedMode({ networkMode: 'bridge', networking })).toBe('bridge');
    expect(wantedMode({ networkMode: '' })).toBe('');
  });

  it('may all be left', () => {
    const config = { network: app } as unknown as Parameters<typeof withAttachments>[0];
    expect(attachmentsOf(withAttachments(config, []))).toEqual([]);
  });

  it.each<[Partial<Networking>, Parameters<typeof checkNetworking>[1], string]>([
    [{ attachments: [{ ...plain, network: 'a' }, { ...plain, network: 'a' }] }, app, 'network a is named twice'],
    [{ attachments: [{ ...plain, network: 'none' }] }, app, 'network none cannot be joined with others'],
    [{ attachments: [{ ...plain, network: 'a' }] }, { kind: 'host' }, 'network mode host cannot be combined with settings of network a'],
    [{ attachments: [{ ...plain, network: 'a', ipv4: '::1' }] }, app, 'not an IPv4 address: ::1'],
    [{ attachments: [{ ...plain, network: 'a', ipv6: 'fe80::1%eth0' }] }, app, 'not an IPv6 address: fe80::1%eth0'],
    [{ attachments: [{ ...plain, network: 'a', mac: '01:00:00:00:00:01' }] }, app, 'not a MAC address of one machine'],
    [{ attachments: [{ ...plain, network: 'a', aliases: ['a b'] }] }, app, 'invalid alias: "a b"'],
    [{ dns: ['dns.example'] }, app, 'invalid address of a name server: "dns.example"'],
    [{ dnsSearch: ['a b'] }, app, 'invalid search domain: "a b"'],
    [{ dnsOptions: ['ndots:1\nnameserver 192.0.2.1'] }, app, 'invalid option of resolv.conf'],
    [{ dns: ['192.0.2.1'] }, { kind: 'container', id: 'c' }, 'a container on the network of another has its names too'],
  ])('%j with %j are refused', (wanted, mode, message) => {
    expect(() => checkNetworking({ ...none, ...wanted }, mode)).toThrow(message);
  });
});

describe('an extra host', () => {
  it.each([
    ['db:10.0.0.1', { name: 'db', address: '10.0.0.1' }],
    ['db=10.0.0.1', { name: 'db', address: '10.0.0.1' }],
    ['six:2001:db8::1', { name: 'six', address: '2001:db8::1' }],
    ['six:[2001:db8::1]', { name: 'six', address: '2001:db8::1' }],
    ['host:host-gateway', { name: 'host', address: 'host-gateway' }],
  ])('%s', (text, expected) => expect(splitHost(text)).toEqual(expected));

  it.each(['db', 'db:', ':10.0.0.1', 'db:10.0.0', 'a b:10.0.0.1', 'db:10.0.0.1\n10.0.0.2 x'])('%j is refused', (text) =>
    expect(() => splitHost(text)).toThrow('invalid extra host'),
  );
});
