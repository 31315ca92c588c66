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
 * The manifest of an index for `wanted`. An exact match is best, then one for
 * an older variant of the same CPU. NOT_FOUND names the platforms that exist.
 */
export function chooseManifest(manifests: readonly Descriptor[], wanted: Platform, name: string): Descriptor {
  const images = manifests.filter(isImage);
  const exact = images.find(({ platform }) => platform && isSamePlatform(platform, wanted));
  if (exact) return exact;
  const compatible = images
    .filter(({ platform }) => platform && isOlderVariant(normalize(platform), wanted))
    .sort((a, b) => (b.platform?.variant ?? '').localeCompare(a.platform?.variant ?? ''));
  if (compatible[0]) return compatible[0];
  // An index of one image need not say for which platform it is: its configuration does.
  if (images[0] && images.length === 1 && !images[0].platform) return images[0];
  throw noPlatform(
    name,
    wanted,
    images.flatMap(({ platform }) => platform ?? []),
  );
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

function isOlderVariant(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  if (wanted.variant === '') return false;
  return offered.variant === '' || offered.variant < wanted.variant;
}
