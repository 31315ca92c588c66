import { parseCount } from './parse-count.ts';

/** Bounds for the unpacking of one layer; what is absent has its usual value. */
export interface LayerLimits {
  /** Unpacked bytes. */
  readonly maxBytes?: number;
  /** Files, directories and links. */
  readonly maxEntries?: number;
  /** Unpacked bytes for each compressed one, beyond the first GiB. */
  readonly maxRatio?: number;
}

const variables = {
  maxBytes: 'ARCBOX_MAX_LAYER_BYTES',
  maxEntries: 'ARCBOX_MAX_LAYER_FILES',
  maxRatio: 'ARCBOX_MAX_LAYER_RATIO',
} as const;

/** Reads the variables above. Throws on what is no positive whole number. */
export function readLayerLimits(env: NodeJS.ProcessEnv): LayerLimits {
  const given = Object.entries(variables).filter(([, name]) => env[name]);
  return Object.fromEntries(given.map(([key, name]) => [key, parseCount(name, env[name] ?? '')]));
}
