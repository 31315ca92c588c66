import { invalidArgument } from '@arcbox/errors';
import type { ImagesServiceImplementation } from '@arcbox/proto/containerd/services/images/v1/images';
import type { CallFields } from '@arcbox/rpc';
import type { ImageEngine } from '../engine.ts';
import { createName } from './create-name.ts';
import { deleteName } from './delete-name.ts';
import { listNames } from './list-names.ts';
import { findName } from './name-record.ts';
import { isForUs, requireOurs } from './namespace-wire.ts';
import { updateName } from './update-name.ts';
import { fromImage, toImage } from './wire.ts';

/** containerd.services.images.v1.Images: the names under the images. */
export function imagesService(engine: ImageEngine): ImagesServiceImplementation<CallFields> {
  const { records } = engine;
  return {
    async get({ name }, context) {
      requireName(name);
      requireOurs(context);
      return { image: toImage(findName(records, name)) };
    },

    async list({ filters }, context) {
      const names = listNames(records, filters);
      return { images: isForUs(context) ? names.map(toImage) : [] };
    },

    async create({ image }, context) {
      if (!image) throw invalidArgument('the image is missing');
      requireName(image.name);
      requireOurs(context);
      return { image: toImage(await createName(engine, image.name, fromImage(image), context.signal)) };
    },

    async update({ image, updateMask }, context) {
      if (!image) throw invalidArgument('the image is missing');
      requireName(image.name);
      requireOurs(context);
      const wish = { values: fromImage(image), paths: updateMask ?? [] };
      return { image: toImage(await updateName(engine, image.name, wish, context.signal)) };
    },

    // What `sync` asks for is so in any case: the answer comes after the garbage is gone.
    async delete({ name, target }, context) {
      requireName(name);
      requireOurs(context);
      await deleteName(engine, name, target?.digest, context.signal);
      return {};
    },
  };
}

function requireName(name: string): void {
  if (name === '') throw invalidArgument('image name is missing');
}
