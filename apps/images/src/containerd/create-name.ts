import { alreadyExists } from '@arcbox/errors';
import { changeImages, type ImageEngine } from '../engine.ts';
import type { NameRecord } from '../store/records.ts';
import { writeName } from './name-record.ts';
import { checkValues, type NameValues } from './name-values.ts';

/** Records a new name, whose content need not be here. ALREADY_EXISTS: it is taken. */
export async function createName(engine: ImageEngine, name: string, values: NameValues, signal: AbortSignal): Promise<NameRecord> {
  const checked = checkValues(name, values);
  return changeImages(engine, signal, () => {
    if (engine.records.names.get(name)?.explicit) throw alreadyExists(`image ${name}: already exists`);
    return writeName(engine, name, checked, undefined);
  });
}
