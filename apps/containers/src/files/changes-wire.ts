import { ChangeKind, type FileChange as FileChangeMessage } from '@arcbox/proto/arcbox/engine/v1/container';
import type { FileChange } from './file-changes.ts';

const kinds = {
  modified: ChangeKind.CHANGE_KIND_MODIFIED,
  added: ChangeKind.CHANGE_KIND_ADDED,
  deleted: ChangeKind.CHANGE_KIND_DELETED,
};

export function toFileChange({ kind, path }: FileChange): FileChangeMessage {
  return { kind: kinds[kind], path: Buffer.from(path, 'latin1').toString('utf8') };
}
