import { invalidArgument, notFound } from '@arcbox/errors';
import type { ImageStoreServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/image';
import type { CallFields } from '@arcbox/rpc';
import { Upload } from '@arcbox/tar';
import { checkStore } from './check/check.ts';
import type { ImageEngine } from './engine.ts';
import { commitRoot } from './roots/commit.ts';
import { exportRoot } from './roots/export-root.ts';
import { findImage } from './catalogue/find-image.ts';
import { historyOf } from './catalogue/history.ts';
import { pruneImages } from './catalogue/prune.ts';
import { toPruneResponse, toPruneWish, toUsageResponse } from './catalogue/prune-wire.ts';
import { storeUsage } from './catalogue/usage.ts';
import { importImages } from './archive/import.ts';
import { importFilesystem } from './archive/import-filesystem.ts';
import { login } from './registry/login.ts';
import { familiarName, namesOf } from './image/names.ts';
import { isSamePlatform, noPlatform, parsePlatform } from './image/platform.ts';
import { parseReference, type Reference } from '@arcbox/reference';
import type { RegistryAccess } from './registry/access.ts';
import { parseLogin } from './registry/credentials.ts';
import { saveImages } from './archive/save.ts';
import { toCheckResponse, toHistoryEntry, toSavedFormat } from './wire.ts';

/** arcbox.engine.v1.ImageStoreService */
export function imageStoreService(
  engine: ImageEngine,
  registry: RegistryAccess,
): ImageStoreServiceImplementation<CallFields> {
  const { records, content } = engine;
  return {
    async resolve({ image: text, platform }) {
      const { image, name } = findImage(records, text);
      if (platform !== '' && !isSamePlatform(image.platform, parsePlatform(platform))) {
        throw noPlatform(text, parsePlatform(platform), [image.platform]);
      }
      const shown = name ?? namesOf(records, image.id, 'tag')[0];
      const config = content.find(image.id);
      if (!config) throw notFound(`no such image: ${text}`);
      return {
        id: image.id,
        name: shown ? familiarName(shown) : '',
        manifestDigest: name?.manifest ?? image.manifest.digest,
        config,
        size: BigInt(image.size),
      };
    },

    async import(request, { signal }) {
      const upload = await Upload.begin(request);
      const { reference } = upload.first;
      const name = reference === '' ? undefined : parseReference(reference);
      const images = await importImages(engine, upload.content(), () => name, signal);
      return { images: images.map(({ id, names }) => ({ id, names: [...names] })) };
    },

    async *save({ images, format }) {
      if (images.length === 0) throw invalidArgument('no image is named');
      for await (const data of saveImages(engine, { images, format: toSavedFormat(format) })) yield { data };
    },

    async history({ image }) {
      return { entries: historyOf(records, content, image).map(toHistoryEntry) };
    },

    async importFilesystem(request, { signal }) {
      const upload = await Upload.begin(request);
      const { reference, changes, message, platform } = upload.first;
      const wish = {
        name: reference === '' ? undefined : parseTag(reference),
        changes,
        comment: message,
        platform: parsePlatform(platform),
      };
      return { id: await importFilesystem(engine, upload.content(), wish, signal) };
    },

    async *exportRoot({ path }, { signal }) {
      // Messages wait in a queue, while a chunk is valid only until the next.
      for await (const chunk of exportRoot(engine, path, signal)) yield { data: Buffer.from(chunk) };
    },

    async commitRoot({ path, reference, author, message, config, changes, createdBy }, { signal }) {
      const name = reference === '' ? undefined : parseTag(reference);
      const wish = { name, author, comment: message, createdBy, config: parseFields(config), changes };
      return { id: (await commitRoot(engine, path, signal, wish)).id };
    },

    async *check({ verifyContent }, { signal }) {
      for await (const finding of checkStore(engine, { verifyContent }, signal)) yield toCheckResponse(finding);
    },

    async pruneImages(request, { signal }) {
      return toPruneResponse(await pruneImages(engine, toPruneWish(request, Date.now()), signal));
    },

    async getImageUsage() {
      return toUsageResponse(await storeUsage(engine));
    },

    async login({ auth }, { signal }) {
      return { status: 'Login Succeeded', identityToken: await login(registry, parseLogin(auth), signal) };
    },
  };
}

/** A name for what is new. */
function parseTag(text: string): Reference {
  const reference = parseReference(text);
  if (reference.digest !== undefined) throw invalidArgument(`${text}: a new image is named by a tag, not by a digest`);
  return reference;
}

/** A JSON object; empty when there are no bytes. */
function parseFields(json: Buffer): Record<string, unknown> {
  if (json.length === 0) return {};
  try {
    const fields: unknown = JSON.parse(json.toString('utf8'));
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Record<string, unknown>;
  } catch (error) {
    throw invalidArgument('config is not valid JSON', error);
  }
  throw invalidArgument('config is no JSON object');
}
