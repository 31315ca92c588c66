import type { ImagesServiceImplementation } from '@arcbox/proto/containerkit/image';
import type { CallFields } from '@arcbox/rpc';
import { commitRoot } from './roots/commit.ts';
import type { ImageEngine } from './engine.ts';
import { cleanupRoot, prepareRoot } from './roots/prepare.ts';

/** docker.containerkit.types.Images: how containers get their root. */
export function containerkitService(engine: ImageEngine): ImagesServiceImplementation<CallFields> {
  return {
    async prepare({ path, name }, { signal }) {
      const mounts = await prepareRoot(engine, path, name, signal);
      return { layers: mounts.map((mount) => ({ ...mount, options: [...mount.options] })) };
    },

    async cleanup({ path }, { signal }) {
      await cleanupRoot(engine, path, signal);
      return {};
    },

    async commit({ path }, { signal }) {
      const { id } = await commitRoot(engine, path, signal);
      return { name: id };
    },
  };
}
