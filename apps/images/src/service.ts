import type { ImageServiceImplementation } from '@arcbox/proto/arcbox/v1/image';
import type { CallFields } from '@arcbox/rpc';
import { Upload } from '@arcbox/tar';
import type { Builder } from './build/build.ts';
import { readMetadata } from './build/metadata-options.ts';
import { toText } from './build/text-progress.ts';
import { watchBuild } from './build/watch-build.ts';
import { toBuildProgress } from './build/wire.ts';
import { lookUp } from './catalogue/find-image.ts';
import { inspectImage } from './catalogue/inspect.ts';
import { listImages } from './catalogue/list.ts';
import { parsePlatform } from './image/platform.ts';
import { pulls, pushes } from './image-metrics.ts';
import { pullImage } from './pull/pull.ts';
import { pushImage } from './push/push.ts';
import { parsePushReference } from './push/push-names.ts';
import { parseReference, parseRepositoryAndTag } from '@arcbox/reference';
import { parseCredentials } from './registry/credentials.ts';
import { type FindRunning, removeImage } from './catalogue/remove.ts';
import { tagImage } from './catalogue/tag.ts';
import { watch } from './watched-work.ts';
import { toImageInfo, toPullProgress, toPushProgress, toSummary } from './wire.ts';

/** arcbox.v1.ImageService */
export function imageService(
  builder: Builder,
  findRunning: FindRunning,
): ImageServiceImplementation<CallFields> {
  const { engine, registry } = builder;
  const { records, content } = engine;
  return {
    async *pull({ reference: text, auth, platform }, { signal }) {
      const reference = parseReference(text);
      const request = {
        reference,
        credentials: parseCredentials(auth, reference.domain),
        platform: parsePlatform(platform),
      };
      const work = watch((report, stop) => pulls.run(() => pullImage(engine, registry, request, report, stop), stop), signal);
      for await (const news of work) yield toPullProgress(news);
    },

    async *push({ reference: text, auth }, { signal }) {
      const names = parsePushReference(text);
      const request = { names, credentials: parseCredentials(auth, names.reference.domain) };
      const work = watch((report, stop) => pushes.run(() => pushImage(engine, registry, request, report, stop), stop), signal);
      for await (const news of work) yield toPushProgress(news);
    },

    async list({ all, filters, digests }) {
      return { images: listImages(records, { all, filters }).map((image) => toSummary(image, digests)) };
    },

    async inspect({ id }) {
      return toImageInfo(inspectImage(records, content, id));
    },

    async remove({ id, force, pruneParents }, { signal }) {
      return removeImage(engine, { id, force, pruneParents }, findRunning, signal);
    },

    async tag({ source, repo, tag }, { signal }) {
      await tagImage(engine, source, parseRepositoryAndTag(repo, tag), signal);
      return {};
    },

    async *build(request, { signal, log, metadata }) {
      const options = readMetadata(metadata);
      const upload = await Upload.begin(request);
      const news = watchBuild(builder, options, { kind: 'archive', chunks: upload.content() }, { log, signal });
      for await (const line of toText(news)) yield toBuildProgress(line);
    },

    async exists({ reference }) {
      const found = lookUp(records, reference);
      return { exists: found !== undefined, id: found?.image.id ?? '' };
    },
  };
}
