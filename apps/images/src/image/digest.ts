import { createHash } from 'node:crypto';
import { invalidArgument } from '@arcbox/errors';

/** `sha256:` and 64 lower-case hex characters: OCI image specification, descriptor.md. */
export type Digest = string;

const sha256 = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return sha256.test(text);
}

/** Returns `text` if it is a sha256 digest; refuses everything else, other algorithms too. */
export function parseDigest(text: unknown, what: string): Digest {
  if (typeof text === 'string' && isDigest(text)) return text;
  throw invalidArgument(`${what}: not a sha256 digest: ${String(text)}`);
}

/** The 64 hex characters of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Twelve hex characters, as progress and lists show. */
export function shortOf(digest: Digest): string {
  return hexOf(digest).slice(0, 12);
}

export function digestOf(content: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
