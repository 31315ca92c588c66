import { readlinkSync } from 'node:fs';
import type { Digest } from '../image/digest.ts';
import type { Layout } from './layout.ts';

/** Diff id of the layer that a link in `l/` leads to; empty when it is no such link, or gone. */
export function linkedLayer(layout: Layout, short: string): Digest {
  const [, hex] = /^\.\.\/layers\/([0-9a-f]{64})$/.exec(targetOf(layout.link(short))) ?? [];
  return hex === undefined ? '' : `sha256:${hex}`;
}

function targetOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
