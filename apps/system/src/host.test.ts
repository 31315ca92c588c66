import { parseOsName, readHostFacts } from './host-facts.ts';
import { hasRoute } from './host-integration.ts';
import { hostShortcomings } from './shortcomings.ts';

test('the name of the system is unquoted', () => {
  expect(parseOsName('NAME=x\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')).toBe('Debian GNU/Linux 12 (bookworm)');
  expect(parseOsName("PRETTY_NAME='Some \\$ Linux'")).toBe('Some $ Linux');
  expect(parseOsName('PRETTY_NAME=Arch')).toBe('Arch');
  expect(parseOsName('NAME=x')).toBe('Linux');
});

test('facts of this host', () => {
  const facts = readHostFacts();
  expect(facts.memory).toBeGreaterThan(0n);
  expect(facts.cpus).toBeGreaterThan(0);
  expect(facts.kernel).toMatch(/^\d+\./);
});

const table = [
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
  'eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'arc0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
  '',
].join('\n');

test.each([
  ['172.17.0.0/16', true],
  ['172.17.5.9/16', true],
  ['172.17.0.0/24', false],
  ['172.18.0.0/16', false],
  ['not a network', false],
])('a route to %s: %s', (cidr, expected) => {
  expect(hasRoute(cidr, table)).toBe(expected);
});

test('a containers worker that is not root is a shortcoming', () => {
  const stranger = hostShortcomings({ containersPid: process.pid }).filter((reason) => reason.includes('only root'));
  expect(stranger).toHaveLength(process.getuid?.() === 0 ? 0 : 1);
  expect(hostShortcomings({ containersPid: 2 ** 30 }).filter((reason) => reason.includes('only root'))).toEqual([]);
});
