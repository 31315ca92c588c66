import { hostPlatform } from '../image/platform.ts';
import type { Build, Position, SourceFiles } from './build.ts';
import { type BuildLayer, openBase } from './base-image.ts';
import { mountLayers } from './build-root.ts';
import type { Origin } from './language/action.ts';
import { filesKey } from './step-cache.ts';

/** Files of stages and images that steps take some from; mounted when first asked for, until the build ends. */
export class SourceFinder {
  readonly #build: Build;
  readonly #stage: (index: number) => Promise<Position>;
  readonly #found = new Map<string, Promise<SourceFiles>>();

  constructor(build: Build, stage: (index: number) => Promise<Position>) {
    this.#build = build;
    this.#stage = stage;
  }

  open(origin: Origin, step: number): Promise<SourceFiles> {
    const name = 'stage' in origin ? String(origin.stage) : `image ${origin.image}`;
    let found = this.#found.get(name);
    if (!found) this.#found.set(name, (found = this.#find(origin, step)));
    return found;
  }

  async #find(origin: Origin, step: number): Promise<SourceFiles> {
    if ('stage' in origin) {
      return this.#mount((await this.#stage(origin.stage)).layers);
    }
    if (origin.image === 'scratch') return this.#mount([]);
    const { platform } = this.#build.options;
    const wish = { name: origin.image, platform: platform ?? hostPlatform(), isExplicit: platform !== undefined };
    const { layers } = await openBase(
      this.#build,
      wish,
      (progress) => this.#build.tell({ kind: 'transfer', step, progress }),
      this.#build.signal,
    );
    return this.#mount(layers);
  }

  #mount(layers: readonly BuildLayer[]): SourceFiles {
    const { engine, workspace } = this.#build;
    const path = workspace.place('source');
    const diffIds = layers.map(({ diffId }) => diffId);
    const { options } = mountLayers(engine, workspace, diffIds, path);
    return { key: filesKey(layers), path, options, diffIds };
  }
}
