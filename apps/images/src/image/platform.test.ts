import type { Descriptor } from './manifest.ts';
import { chooseManifest, formatPlatform, parsePlatform } from './platform.ts';

const offer = (...platforms: string[]): Descriptor[] =>
  platforms.map((text) => {
    const [os = '', architecture = '', variant = ''] = text.split('/');
    return { mediaType: '', digest: text, size: 0, platform: { os, architecture, variant } };
  });

describe('platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['Linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
  ])('%s is %s', (text, plain) => {
    expect(formatPlatform(parsePlatform(text))).toBe(plain);
  });

  it.each(['linux', 'linux/', '/amd64', 'linux/amd64/v1/x', 'li nux/amd64'])('refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrow('invalid platform');
  });

  it.each([
    ['linux/arm64', ['linux/amd64', 'linux/arm64/v8'], 'linux/arm64/v8'],
    ['linux/arm/v7', ['linux/arm/v5', 'linux/arm/v6'], 'linux/arm/v6'],
    ['linux/amd64/v3', ['linux/amd64', 'linux/amd64/v2'], 'linux/amd64/v2'],
    ['linux/amd64', ['unknown/unknown', 'linux/amd64'], 'linux/amd64'],
    ['linux/arm64', ['linux/arm/v6', 'linux/arm/v7', 'linux/arm64'], 'linux/arm64'],
    ['linux/arm64', ['linux/arm/v6', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm64/v9.1', ['linux/arm64', 'linux/arm64/v8.6', 'linux/arm64/v8.7', 'linux/arm64/v9.2'], 'linux/arm64/v8.6'],
    ['linux/arm', ['linux/arm/v8', 'linux/arm/v5', 'linux/arm/v7'], 'linux/arm/v7'],
    ['linux/arm/v8', ['linux/arm/v6', 'linux/arm'], 'linux/arm'],
    ['linux/amd64', ['linux/amd64/v2', 'linux/386', 'linux/amd64/v1'], 'linux/amd64/v1'],
    ['linux/amd64', ['linux/386'], 'linux/386'],
    ['linux/riscv64', ['linux/386', 'linux/riscv64'], 'linux/riscv64'],
  ])('chooses for %s among %s', (wanted, offered, chosen) => {
    expect(chooseManifest(offer(...offered), parsePlatform(wanted), 'x').digest).toBe(chosen);
  });

  it('names what there is when nothing fits', () => {
    const choose = (): Descriptor =>
      chooseManifest(offer('linux/amd64/v3', 'windows/amd64', 'unknown/unknown'), parsePlatform('linux/amd64'), 'x');
    expect(choose).toThrow('x is not available for linux/amd64; available: linux/amd64/v3, windows/amd64');
  });
});
