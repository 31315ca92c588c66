import { join } from 'node:path';
import { captureLayer, type CapturedLayer } from '../capture/capture-layer.ts';
import type { Digest } from '../image/digest.ts';
import type { ImageEngine } from '../engine.ts';
import type { Pin } from '../store/pins.ts';
import { inheritAttributes } from '../store/inherit-attributes.ts';
import { makeWritable, overlayOptions, readOnlyOptions } from '../roots/prepare.ts';
import type { Workspace } from './workspace.ts';

/** Layers, mounted to be changed: what is written becomes the next layer. */
export class BuildRoot implements Disposable {
  /** Where it is mounted. */
  readonly path: string;
  /** How it is mounted. */
  readonly options: readonly string[];
  /** What was written, once it is not mounted any more. */
  readonly upper: string;
  readonly #engine: ImageEngine;
  readonly #directory: string;
  readonly #diffIds: readonly Digest[];
  readonly #mounted: Disposable;

  constructor(engine: ImageEngine, workspace: Workspace, diffIds: readonly Digest[]) {
    this.#engine = engine;
    this.#diffIds = diffIds;
    this.#directory = workspace.place('root');
    this.path = join(this.#directory, 'merged');
    this.upper = join(this.#directory, 'upper');
    makeWritable(engine.layout, this.#directory, diffIds.at(-1));
    inheritAttributes(engine.layout, engine.records, diffIds, this.upper);
    this.options = overlayOptions(engine.layout, engine.records, diffIds, this.#directory);
    this.#mounted = workspace.mount({ type: 'overlay', source: 'overlay', target: this.path, data: this.options.join(',') });
  }

  /** The mount goes; nobody may use it any more. */
  [Symbol.dispose](): void {
    this.#mounted[Symbol.dispose]();
  }

  /** Makes a layer of what was written; undefined when nothing was. Only once it is not mounted. */
  capture(options: { clampTime?: number; pin: Pin }, signal: AbortSignal): Promise<CapturedLayer | undefined> {
    const root = { directory: this.#directory, diffIds: this.#diffIds };
    return captureLayer(this.#engine, root, { ...options, take: true }, signal);
  }
}

/** Mounts layers to be read only, at `path`: the same files and attributes that a root of them has. */
export function mountLayers(engine: ImageEngine, workspace: Workspace, diffIds: readonly Digest[], path: string): Disposable & { readonly options: readonly string[] } {
  const { layout, records } = engine;
  const directory = workspace.place('view');
  makeWritable(layout, directory, diffIds.at(-1));
  const upper = join(directory, 'upper');
  inheritAttributes(layout, records, diffIds, upper);
  const data = readOnlyOptions(layout, records, diffIds, upper);
  const mounted = workspace.mount({ type: 'overlay', source: 'overlay', target: path, data });
  return { options: data.split(','), [Symbol.dispose]: () => mounted[Symbol.dispose]() };
}
