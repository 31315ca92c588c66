import type { Reference } from './recipe.ts';

/**
 * Where we differ from a builder of dockerd, and why: path or field of the
 * settings → reason; `/v*` is everything that begins with `/v`.
 */
export const differences: {
  readonly [recipe: string]: { readonly [reference in Reference]?: { readonly [what: string]: string } };
} = {};
