import { statSync } from 'node:fs';
import { dataLoss, EngineError } from '@arcbox/errors';
import type { Digest } from '../image/digest.ts';
import type { Descriptor } from '../image/manifest.ts';
import type { Ingested } from './ingest.ts';
import type { Layout } from './layout.ts';

/** DATA_LOSS when a layer is not what its image says. */
export function verifyLayer({ blob, diffId }: { blob: Descriptor; diffId: Digest }, { digest, size, diffId: found }: Ingested): void {
  if (size !== blob.size) throw dataLoss(`${size} bytes instead of ${blob.size}`);
  if (digest !== blob.digest) throw dataLoss(`the content does not match its digest: it is ${digest}`);
  if (found !== diffId) throw dataLoss(`the unpacked content has diff id ${found}, the image says ${diffId}`);
}

/** Undefined when the blob is not here. */
export function sizeOfBlob(layout: Layout, { digest }: Descriptor): number | undefined {
  return statSync(layout.blob(digest), { throwIfNoEntry: false })?.size;
}

/** DATA_LOSS when a blob that is here has not the size that a manifest says: its digest does not vouch for that. */
export function verifySize(layout: Layout, blob: Descriptor): void {
  const found = sizeOfBlob(layout, blob);
  if (found !== blob.size) throw dataLoss(`layer ${blob.digest}: ${found ?? 'no'} bytes instead of ${blob.size}`);
}

/** Says which layer it was, keeping the kind of the error. */
export function nameLayer(error: unknown, digest: Digest): unknown {
  if (!(error instanceof EngineError) || error.message.includes(digest)) return error;
  return new EngineError(error.kind, `layer ${digest}: ${error.message}`, { cause: error });
}
