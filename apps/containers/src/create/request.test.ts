import { parseNetworkMode } from '../change/network-mode.ts';
import { planMounts } from './mounts.ts';
import { generateName, validateName } from './names.ts';
import { validatePorts } from './ports.ts';
import { reasonFrom } from '../runtime/conmon.ts';
import { parseSignal } from '../stop/signals.ts';
import { adjectives, nouns } from './words.ts';

describe('names', () => {
  it('are checked', () => {
    expect(validateName('/web.1_x-y')).toBe('web.1_x-y');
    for (const bad of ['', 'a', '-a', 'a b', 'a/b', 'ä1', 'a'.repeat(256)]) expect(() => validateName(bad)).toThrow('invalid container name');
  });

  it('are made of words', () => {
    expect(generateName(() => false)).toMatch(/^[a-z]+_[a-z]+$/);
    expect(generateName((name) => !/\d/.test(name))).toMatch(/^[a-z]+_[a-z]+\d+$/);
    expect(() => generateName(() => true)).toThrow('no free container name was found');
    for (const words of [adjectives, nouns]) expect(new Set(words).size).toBe(words.length);
  });
});

describe('signals', () => {
  it.each([['SIGTERM', 15], ['term', 15], ['15', 15], ['KILL', 9], ['RTMIN+3', 37], ['SIGRTMAX', 64], ['RTMAX-1', 63]])('%s', (text, number) => {
    expect(parseSignal(text)).toBe(number);
  });

  it.each(['0', '65', 'NOPE', '-1', 'RTMAX+1', '1.5'])('%s is none', (text) => {
    expect(() => parseSignal(text)).toThrow(`invalid signal: ${text}`);
  });
});

describe('ports', () => {
  const port = (hostPort: number, more: object = {}): Parameters<typeof validatePorts>[0][number] => ({ containerPort: 80, hostPort, protocol: '', hostIp: '', ...more });

  it('are tcp unless said otherwise, and may have any host port', () => {
    expect(validatePorts([port(0), port(0), port(53, { protocol: 'UDP' }), port(53)])).toHaveLength(4);
    expect(validatePorts([port(1)])[0]?.protocol).toBe('tcp');
    expect(validatePorts([port(1, { hostIp: '127.0.0.1' }), port(1, { hostIp: '127.0.0.2' })])).toHaveLength(2);
    expect(validatePorts([port(8000, { lastHostPort: 8005 }), port(8000, { lastHostPort: 8005 }), port(8001)])).toMatchObject([{ lastHostPort: 8005 }, { lastHostPort: 8005 }, { hostPort: 8001 }]);
    expect(validatePorts([port(1, { hostIp: '0.0.0.0' }), port(1, { hostIp: '::' })])).toHaveLength(2);
  });

  it('are refused when they cannot be', () => {
    expect(() => validatePorts([port(1), port(1, { hostIp: '127.0.0.1' })])).toThrow('host port 1/tcp is bound twice');
    for (const [first, last] of [[0, 5], [8001, 8000], [8000, 70_000]] as const) {
      expect(() => validatePorts([port(first, { lastHostPort: last })])).toThrow(`invalid range of host ports: ${first}-${last}`);
    }
    expect(() => validatePorts([port(70_000)])).toThrow('invalid host port: 70000');
    expect(() => validatePorts([port(1, { containerPort: 0 })])).toThrow('invalid container port: 0');
    expect(() => validatePorts([port(1, { protocol: 'icmp' })])).toThrow('invalid port protocol: icmp');
    expect(() => validatePorts([port(1, { hostIp: 'here' })])).toThrow('invalid host address: here');
    expect(() => validatePorts([port(1, { hostIp: 'fe80::1%eth0' })])).toThrow('invalid host address: fe80::1%eth0');
    expect(() => validatePorts([port(1), port(1, { hostIp: '::1' })])).toThrow('bound twice');
    expect(() => validatePorts(Array.from({ length: 65_535 }, (_, i) => port(i + 1)))).toThrow('not 65535');
  });
});

describe('mounts', () => {
  const mount = (source: string, target: string, type = ''): Parameters<typeof planMounts>[0][number] => ({ source, target, type, readonly: false });

  it('are binds of paths and volumes of names, with a volume for each place that the image wants one at', () => {
    const planned = planMounts([mount('/tmp', '/a/../b/'), mount('vol', '/v'), mount('', '/t', 'tmpfs')], ['/v', '/w']);
    expect(planned.map(({ type, target, volume, anonymous }) => [type, target, volume, anonymous])).toEqual([
      ['bind', '/b', undefined, undefined],
      ['volume', '/v', 'vol', undefined],
      ['tmpfs', '/t', undefined, undefined],
      ['volume', '/w', '', true],
    ]);
  });

  it('are refused when they cannot be', () => {
    expect(() => planMounts([mount('vol', '/')], [])).toThrow('mount target must not be the root directory');
    expect(() => planMounts([mount('a/b', '/x')], [])).toThrow('invalid volume name: a/b');
    expect(() => planMounts([mount('rel', '/x', 'bind')], [])).toThrow('bind source path must be absolute: rel');
    expect(() => planMounts([mount('x', '/x', 'nfs')], [])).toThrow('unknown mount type: nfs');
  });
});

describe('network modes', () => {
  it('are told apart', () => {
    const find = (): never => ({ id: 'full' }) as never;
    expect(parseNetworkMode('', find)).toEqual({ kind: 'network', name: 'bridge' });
    expect(parseNetworkMode('mine', find)).toEqual({ kind: 'network', name: 'mine' });
    expect(parseNetworkMode('none', find)).toEqual({ kind: 'none' });
    expect(parseNetworkMode('container:x', find)).toEqual({ kind: 'container', id: 'full' });
    expect(() => parseNetworkMode('container:', find)).toThrow('needs the id or name');
  });
});

describe('what the runtime says', () => {
  it('is brought down to the reason', () => {
    const line = 'time="2026-01-02T03:04:05Z" level=error msg="runc create failed: exec: \\"x\\": not found"';
    expect(reasonFrom(`warning\n${line}\n`)).toBe('runc create failed: exec: "x": not found');
    expect(reasonFrom('first\nlast words\n')).toBe('last words');
    expect(reasonFrom('')).toBe('');
  });
});
