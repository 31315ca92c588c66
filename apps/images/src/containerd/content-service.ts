import { type EngineError, unimplemented } from '@arcbox/errors';
import type { ContentServiceImplementation } from '@arcbox/proto/containerd/services/content/v1/content';
import type { CallFields } from '@arcbox/rpc';
import type { ImageEngine } from '../engine.ts';
import { findBlob, listBlobs } from './blobs.ts';
import { findDownload, listDownloads } from './downloads.ts';
import { isForUs, requireOurs } from './namespace-wire.ts';
import { readBlob } from './read-blob.ts';
import { toInfo, toStatus } from './wire.ts';

/** Blobs in one message of a list. */
const perMessage = 100;

/** containerd.services.content.v1.Content, for reading. */
export function contentService(engine: ImageEngine): ContentServiceImplementation<CallFields> {
  return {
    async info({ digest }, context) {
      requireOurs(context);
      return { info: toInfo(findBlob(engine, digest)) };
    },

    async *list({ filters }, context) {
      const infos = listBlobs(engine, filters).map(toInfo);
      if (!isForUs(context)) return;
      for (let at = 0; at < infos.length; at += perMessage) yield { info: infos.slice(at, at + perMessage) };
    },

    async *read({ digest, offset, size }, context) {
      requireOurs(context);
      const pieces = readBlob(engine, digest, { offset: Number(offset), size: Number(size) });
      for await (const { offset: at, data } of pieces) yield { offset: BigInt(at), data };
    },

    async status({ ref }, context) {
      requireOurs(context);
      return { status: toStatus(findDownload(engine, ref)) };
    },

    async listStatuses({ filters }, context) {
      const downloads = listDownloads(engine, filters);
      return { statuses: isForUs(context) ? downloads.map(toStatus) : [] };
    },

    async update() {
      throw readOnly('labels of content are not kept');
    },

    async delete() {
      throw readOnly('content goes when no image and no lease holds it');
    },

    async *write() {
      throw readOnly('pull, build or load images with arcbox');
    },

    async abort() {
      throw readOnly('downloads are those of pulls: cancel the pull');
    },
  };
}

const readOnly = (why: string): EngineError => unimplemented(`the content store is read only for clients of containerd: ${why}`);
