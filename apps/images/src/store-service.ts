import { invalidArgument, notFound, unimplemented } from '@arcbox/errors';
import type { ImageStoreServiceImplementation, ImportRequest } from '@arcbox/proto/arcbox/engine/v1/image';
import type { CallFields } from '@arcbox/rpc';
import { checkStore } from './check.ts';
import type { ImageEngine } from './engine.ts';
import { findImage } from './find-image.ts';
import { historyOf } from './history.ts';
import { importImages } from './import.ts';
import { login } from './login.ts';
import { familiarName, namesOf } from './names.ts';
import { isSamePlatform, noPlatform, parsePlatform } from './platform.ts';
import { parseReference, type Reference } from './reference.ts';
import { saveImages } from './save.ts';
import { toCheckResponse, toHistoryEntry, toSavedFormat } from './wire.ts';
import type { RegistryAccess } from './registry/access.ts';
import { parseLogin } from './registry/credentials.ts';

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
      const upload = new Upload(request);
      const images = await importImages(engine, upload.content(), () => upload.reference, signal);
      return { images: images.map(({ id, names }) => ({ id, names: [...names] })) };
    },

    async *save({ images, format }) {
      if (images.length === 0) throw invalidArgument('no image is named');
      for await (const data of saveImages(engine, { images, format: toSavedFormat(format) })) yield { data };
    },

    async history({ image }) {
      return { entries: historyOf(records, content, image).map(toHistoryEntry) };
    },

    async importFilesystem() {
      throw unimplemented('importFilesystem is not implemented yet');
    },

    exportRoot() {
      throw unimplemented('exportRoot is not implemented yet');
    },

    async *check({ verifyContent }, { signal }) {
      for await (const finding of checkStore(engine, { verifyContent }, signal)) yield toCheckResponse(finding);
    },

    async login({ auth }, { signal }) {
      return { status: 'Login Succeeded', identityToken: await login(registry, parseLogin(auth), signal) };
    },
  };
}

/** An archive as it comes in: chunks until one says that it was the last. */
class Upload {
  readonly #requests: AsyncIterable<ImportRequest>;
  /** What to call an image without a name; known after the first chunk. */
  reference: Reference | undefined;

  constructor(requests: AsyncIterable<ImportRequest>) {
    this.#requests = requests;
  }

  async *content(): AsyncGenerator<Buffer, void, undefined> {
    let isFirst = true;
    let isWhole = false;
    for await (const { data, eof, reference } of this.#requests) {
      if (isWhole) throw invalidArgument('the archive goes on after its end');
      if (isFirst && reference !== '') this.reference = parseReference(reference);
      isFirst = false;
      isWhole = eof;
      if (data.length > 0) yield data;
    }
    if (!isWhole) throw invalidArgument('the archive was not sent to its end');
  }
}
