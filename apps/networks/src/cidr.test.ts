import { containsAddress, formatAddress, formatCidr, lastOf, overlaps, parseAddress, parseCidr } from './cidr.ts';

function cidr(text: string) {
  const parsed = parseCidr(text);
  if (!parsed) throw new Error(`not a subnet: ${text}`);
  return parsed;
}

describe('addresses', () => {
  it.each([
    ['0.0.0.0', '0.0.0.0'],
    ['172.17.0.1', '172.17.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['FD00:0:0::1', 'fd00::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ])('%s is read and written as %s', (text, written) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address)).toBe(written);
  });

  it.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', 'fe80::1%eth0', '1::2::3', 'host'])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('subnets', () => {
  it('lose the bits behind their prefix', () => {
    expect(formatCidr(cidr('10.5.6.7/16'))).toBe('10.5.0.0/16');
    expect(formatCidr(cidr('fd00::1:2/64'))).toBe('fd00::/64');
    expect(formatCidr(cidr('1.2.3.4/0'))).toBe('0.0.0.0/0');
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/8/8', 'fd00::/129', '/8'])('%s is none', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });

  it('know their last address and what they contain', () => {
    const subnet = cidr('172.18.0.0/16');
    expect(formatAddress({ family: 4, value: lastOf(subnet) })).toBe('172.18.255.255');
    const inside = parseAddress('172.18.3.4');
    const outside = parseAddress('172.19.0.0');
    expect(inside && containsAddress(subnet, inside)).toBe(true);
    expect(outside && containsAddress(subnet, outside)).toBe(false);
  });

  it.each([
    ['10.0.0.0/8', '10.5.0.0/16', true],
    ['10.5.0.0/16', '10.0.0.0/8', true],
    ['10.5.0.0/16', '10.6.0.0/16', false],
    ['0.0.0.0/0', '::/0', false],
    ['fd00::/8', 'fd12::/64', true],
  ])('%s and %s overlap: %s', (a, b, expected) => {
    expect(overlaps(cidr(a), cidr(b))).toBe(expected);
  });
});
