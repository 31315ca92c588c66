import type { Container } from '../container.ts';
import { buildSpec, type SpecInput } from './build.ts';

function destinations(...targets: string[]): string[] {
  const config = {
    entrypoint: [], cmd: ['true'], env: [], workingDir: '', hostname: 'h', tty: false, limits: {},
    mounts: targets.map((target) => ({ type: 'tmpfs', source: '', target, readonly: false })),
  };
  const input = {
    container: { id: 'c', config } as unknown as Container,
    root: '/root', home: '/home', network: 'new', seccomp: undefined,
    user: { uid: 0, gid: 0, additionalGids: [], home: '/' },
    host: { kernel: '6.0', unified: false, capabilities: [], allCapabilities: [], lacking: [], swapAccounting: true, blockWeights: true },
  } satisfies SpecInput;
  return buildSpec(input).mounts.map(({ destination }) => destination);
}

describe('mounts', () => {
  it('lie over what is around them, so that nothing hides the files of the engine', () => {
    const order = destinations('/etc/app/conf', '/etc', '/dev');
    const place = (target: string): number => order.indexOf(target);
    expect(place('/etc')).toBeLessThan(place('/etc/hosts'));
    expect(place('/etc')).toBeLessThan(place('/etc/resolv.conf'));
    expect(place('/etc')).toBeLessThan(place('/etc/app/conf'));
    expect(place('/dev')).toBeLessThan(place('/dev/pts'));
    expect(order.filter((target) => target === '/dev')).toHaveLength(1);
  });

  it('of the user win at the same place', () => {
    expect(destinations('/etc/hosts').filter((target) => target === '/etc/hosts')).toHaveLength(1);
  });
});
