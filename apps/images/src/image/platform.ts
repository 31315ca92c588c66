import { invalidArgument, notFound } from '@arcbox/errors';
import type { Descriptor } from './manifest.ts';

/** Operating system and CPU in Go's words: OCI image specification, image-index.md. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  /** `v7`, `v8`; empty where there is but one. */
  readonly variant: string;
}

const aliases: Record<string, { architecture: string; variant: string }> = {
  x86_64: { architecture: 'amd64', variant: '' },
  'x86-64': { architecture: 'amd64', variant: '' },
  i386: { architecture: '386', variant: '' },
  aarch64: { architecture: 'arm64', variant: '' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
};

const nodeArchitectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };

export function hostPlatform(): Platform {
  return normalize({ os: 'linux', architecture: nodeArchitectures[process.arch] ?? process.arch, variant: '' });
}

/** Parses `os/arch[/variant]`; empty means the host's. */
export function parsePlatform(text: string): Platform {
  if (text === '') return hostPlatform();
  const parts = text.toLowerCase().split('/');
  const [os, architecture, variant = ''] = parts;
  const wellFormed = parts.length <= 3 && parts.every((part) => /^[a-z0-9_.-]+$/.test(part));
  if (!wellFormed || !os || !architecture) {
    throw invalidArgument(`invalid platform ${JSON.stringify(text)}: not os/arch or os/arch/variant`);
  }
  return normalize({ os, architecture, variant });
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** Spells out aliases and drops the variant that is the architecture's only common one. */
export function normalize({ os, architecture, variant }: Platform): Platform {
  const known = aliases[architecture] ?? { architecture, variant: '' };
  const plain = { os, architecture: known.architecture, variant: variant || known.variant };
  if (plain.architecture === 'arm64' && plain.variant === 'v8') return { ...plain, variant: '' };
  if (plain.architecture === 'amd64' && plain.variant === 'v1') return { ...plain, variant: '' };
  if (plain.architecture === 'arm' && plain.variant === '') return { ...plain, variant: 'v7' };
  return plain;
}

export function isSamePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalize(a)) === formatPlatform(normalize(b));
}

/**
 * The manifest of an index for `wanted`: the best of what its CPU runs.
 * NOT_FOUND names the platforms that exist.
 */
export function chooseManifest(manifests: readonly Descriptor[], wanted: Platform, name: string): Descriptor {
  const images = manifests.filter(isImage);
  for (const fitting of platformsFor(wanted)) {
    const found = images.find(({ platform }) => platform && isSamePlatform(platform, fitting));
    if (found) return found;
  }
  // An index of one image need not say for which platform it is: its configuration does.
  if (images[0] && images.length === 1 && !images[0].platform) return images[0];
  throw noPlatform(
    name,
    wanted,
    images.flatMap(({ platform }) => platform ?? []),
  );
}

/** What a CPU runs, best first, as containerd has it: older variants of it, then its 32-bit kin. */
export function platformsFor(wanted: Platform): Platform[] {
  const { os, architecture, variant } = normalize(wanted);
  const [, major = '', minor = '0'] = /^v(\d+)(?:\.(\d+))?$/.exec(variant || usualVariants[architecture] || '') ?? [];
  const of = (cpu: string, variants: string[]): Platform[] =>
    variants.map((one) => normalize({ os, architecture: cpu, variant: one }));
  const downTo = (lowest: number, highest = Number(major)): string[] =>
    Array.from({ length: Math.max(0, highest - lowest + 1) }, (_, index) => `v${highest - index}`);
  if (major === '') return [{ os, architecture, variant }];
  switch (architecture) {
    case 'amd64':
      return [...of('amd64', downTo(1)), ...of('386', [''])];
    case 'arm':
      return of('arm', downTo(5));
    case 'arm64':
      return [...of('arm64', arm64Variants(Number(major), Number(minor))), ...of('arm', downTo(5, 8))];
    default:
      return [{ os, architecture, variant }];
  }
}

const usualVariants: { readonly [architecture: string]: string } = { amd64: 'v1', arm: 'v7', arm64: 'v8' };

/** ARM v9.n has what v8.(n+5) has. */
function arm64Variants(major: number, minor: number): string[] {
  const stepsOf = (version: number, highest: number): string[] =>
    Array.from({ length: Math.min(highest, 20) + 1 }, (_, index) => `v${version}.${highest - index}`.replace('.0', ''));
  return major === 9 ? [...stepsOf(9, minor), ...stepsOf(8, minor + 5)] : stepsOf(major, minor);
}

export function noPlatform(name: string, wanted: Platform, present: readonly Platform[]): Error {
  const list = present.map(formatPlatform).join(', ') || 'none';
  return notFound(`${name} is not available for ${formatPlatform(wanted)}; available: ${list}`);
}

/** Build attestations travel in an index as manifests of no platform. */
function isImage({ platform, annotations }: Descriptor): boolean {
  if (annotations?.['vnd.docker.reference.type'] === 'attestation-manifest') return false;
  return platform?.os !== 'unknown';
}
