import { readFileSync } from 'node:fs';
import type { InternalUse } from '../record/config.ts';

/** `NAME=value`, as whoever uses the container internally gives them to every start: secrets, for one. */
export function unkeptEnvironment(internal: InternalUse | undefined): string[] {
  if (!internal?.environmentFile) return [];
  return readFileSync(internal.environmentFile, 'utf8').split('\0').filter(Boolean);
}
