import type { ImageEngine } from '../engine.ts';
import { candidatesBelow } from '../store/candidates-below.ts';
import { changeAndCollect } from '../store/garbage.ts';
import { blobsOfName, type NameRecord } from '../store/records.ts';
import { findName, writeName } from './name-record.ts';
import { applyMask, type NameValues } from './name-values.ts';

/** Changes what is recorded for a name; content that it alone pointed at goes, the image it stood for stays. */
export async function updateName(
  engine: ImageEngine,
  name: string,
  { values, paths }: { readonly values: NameValues; readonly paths: readonly string[] },
  signal: AbortSignal,
): Promise<NameRecord> {
  const change = (): { before: NameRecord; after: NameRecord } => {
    const before = findName(engine.records, name);
    return { before, after: writeName(engine, name, applyMask(name, before, values, paths), before) };
  };
  const { result } = await changeAndCollect(engine, signal, change, ({ before, after }) =>
    before.target.digest === after.target.digest
      ? { blobs: [], diffIds: [] }
      : candidatesBelow(engine, blobsOfName(before)),
  );
  return result.after;
}
