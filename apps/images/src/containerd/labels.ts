import { invalidArgument } from '@arcbox/errors';

export type Labels = { readonly [name: string]: string };

/** Most bytes that the key and the value of a label have together. */
const maxLabel = 4096;

/** The labels as they are kept: one without a value is not there, as in containerd. INVALID_ARGUMENT when one is too long. */
export function checkLabels(labels: Labels): Labels {
  for (const [key, value] of Object.entries(labels)) {
    if (key === '') throw invalidArgument('a label without a key');
    const size = Buffer.byteLength(key) + Buffer.byteLength(value);
    if (size > maxLabel)
      throw invalidArgument(`label ${key.slice(0, 64)} is too long: ${size} bytes of key and value, at most ${maxLabel}`);
  }
  return withValues(labels);
}

/** The entries that say something. */
export function withValues(map: Labels): Labels {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== ''));
}
