import { invalidArgument } from '@arcbox/errors';
import { isDigest } from '../image/digest.ts';
import type { Descriptor } from '../image/manifest.ts';
import { checkLabels, type Labels, withValues } from './labels.ts';

/** What a client may say about a name. Nothing of it is checked yet. */
export interface NameValues {
  readonly labels: Labels;
  readonly target?: Descriptor;
}

/** The same, checked. */
export interface CheckedValues {
  readonly labels: Labels;
  readonly target: Descriptor;
}

/** INVALID_ARGUMENT when the target is missing or broken, or a label too long. */
export function checkValues(name: string, { labels, target }: NameValues): CheckedValues {
  if (!target) throw invalidArgument(`image ${name}: the target is missing`);
  const { mediaType, digest, size, annotations } = target;
  if (!isDigest(digest)) throw invalidArgument(`image ${name}: the target has no sha256 digest: ${JSON.stringify(digest)}`);
  if (!Number.isSafeInteger(size) || size <= 0) throw invalidArgument(`image ${name}: the target has no size`);
  if (mediaType === '') throw invalidArgument(`image ${name}: the target has no media type`);
  const kept = withValues(annotations ?? {});
  const described = Object.keys(kept).length > 0 ? { annotations: kept } : {};
  return { labels: checkLabels(labels), target: { mediaType, digest, size, ...described } };
}

/** Where an update leads: `paths` say which of the new values are meant; none at all means all of them. */
export function applyMask(name: string, before: CheckedValues, wanted: NameValues, paths: readonly string[]): CheckedValues {
  const result = paths.length === 0 ? wanted : paths.reduce((values: NameValues, path) => applyPath(name, values, wanted, path), before);
  return checkValues(name, result);
}

function applyPath(name: string, values: NameValues, wanted: NameValues, path: string): NameValues {
  const [, field = '', key] = /^(labels|target\.annotations|annotations|target)(?:\.(.+))?$/s.exec(path) ?? [];
  switch (field) {
    case 'labels':
      return { ...values, labels: pick(values.labels, wanted.labels, key) };
    case 'target.annotations':
    case 'annotations': {
      const annotations = pick(values.target?.annotations ?? {}, wanted.target?.annotations ?? {}, key);
      return { ...values, target: values.target && { ...values.target, annotations } };
    }
    case 'target':
      if (key === undefined) return { ...values, target: wanted.target };
  }
  throw invalidArgument(`image ${name}: ${JSON.stringify(path)} cannot be updated`);
}

/** One entry of the new map, or all of it; an entry that it lacks goes. */
function pick(before: Labels, wanted: Labels, key: string | undefined): Labels {
  if (key === undefined) return wanted;
  return { ...before, [key]: (Object.hasOwn(wanted, key) ? wanted[key] : undefined) ?? '' };
}
