import { invalidArgument } from '@arcbox/errors';
import { ArchiveFormat, type CheckResponse, type HistoryEntry } from '@arcbox/proto/arcbox/engine/v1/image';
import type { ImageInfo, ImageSummary, PullProgress, PushProgress } from '@arcbox/proto/arcbox/v1/image';
import type { Finding } from './check/check.ts';
import type { HistoryStep } from './catalogue/history.ts';
import type { InspectedImage } from './catalogue/inspect.ts';
import type { ListedImage } from './catalogue/list.ts';
import type { PullNews } from './pull/pull-progress.ts';
import type { ArchiveFormat as SavedFormat } from './archive/save-archive.ts';
import { toSeconds } from './timestamp-wire.ts';

export function toPullProgress({ current, total, ...rest }: PullNews): PullProgress {
  return { ...rest, current: BigInt(current), total: BigInt(total) };
}

export function toPushProgress({ current, total, ...rest }: PullNews): PushProgress {
  return { ...rest, current: BigInt(current), total: BigInt(total) };
}

export function toSummary({ record, tags, digests, containers }: ListedImage, withDigests: boolean): ImageSummary {
  return {
    id: record.id,
    repoTags: tags.length > 0 ? [...tags] : ['<none>:<none>'],
    repoDigests: withDigests ? [...digests] : [],
    created: toSeconds(record.created),
    size: BigInt(record.size),
    virtualSize: BigInt(record.size),
    containers: BigInt(containers),
    labels: { ...record.labels },
  };
}

export function toImageInfo({ record, config, tags, digests }: InspectedImage): ImageInfo {
  const { env, cmd, entrypoint, labels, exposedPorts, volumes, ...text } = config.process;
  return {
    id: record.id,
    repoTags: [...tags],
    repoDigests: [...digests],
    parent: record.parent ?? '',
    comment: config.comment,
    created: config.created || never,
    author: config.author,
    architecture: config.platform.architecture,
    os: config.platform.os,
    osVersion: config.osVersion,
    size: BigInt(record.size),
    virtualSize: BigInt(record.size),
    config: {
      ...text,
      env: [...env],
      cmd: [...cmd],
      entrypoint: [...entrypoint],
      labels: { ...labels },
      exposedPorts: toEmptyValues(exposedPorts),
      volumes: toEmptyValues(volumes),
    },
    rootFs: { type: 'layers', layers: [...record.diffIds] },
  };
}

export function toHistoryEntry({ id, created, createdBy, size, comment, tags }: HistoryStep): HistoryEntry {
  return { id: id ?? '<missing>', created: created || never, createdBy, size: BigInt(size), comment, tags: [...tags] };
}

export function toCheckResponse(finding: Finding): CheckResponse {
  if ('problem' in finding) return { finding: { $case: 'problem', value: finding.problem } };
  const { blobBytes, ...counts } = finding.summary;
  return { finding: { $case: 'summary', value: { ...counts, blobBytes: BigInt(blobBytes) } } };
}

export function toSavedFormat(format: ArchiveFormat): SavedFormat {
  switch (format) {
    case ArchiveFormat.ARCHIVE_FORMAT_UNSPECIFIED:
      return 'both';
    case ArchiveFormat.ARCHIVE_FORMAT_OCI:
      return 'oci';
    case ArchiveFormat.ARCHIVE_FORMAT_DOCKER:
      return 'docker';
    case ArchiveFormat.UNRECOGNIZED:
      throw invalidArgument('unknown format of an archive');
  }
}

/** How "never" is written in RFC 3339 fields. */
const never = '0001-01-01T00:00:00Z';

const toEmptyValues = (keys: readonly string[]): Record<string, object> =>
  Object.fromEntries(keys.map((key) => [key, {}]));
