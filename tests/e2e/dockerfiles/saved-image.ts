import { gunzipSync } from 'node:zlib';
import { mergedTree, type Tree } from './merged-tree.ts';
import { readTar } from './read-tar.ts';

/** An image, as somebody who gets it sees it. */
export interface SeenImage {
  readonly files: Tree;
  /** Fields that say something, as JSON each. */
  readonly settings: { readonly [field: string]: string };
}

const fields = ['User', 'Env', 'Entrypoint', 'Cmd', 'WorkingDir', 'Labels', 'ExposedPorts', 'Volumes', 'StopSignal', 'Healthcheck', 'OnBuild', 'Shell'];

/** Reads what `docker save` or `arcbox save` made of one image. */
export function readSavedImage(archive: Buffer): SeenImage {
  const files = new Map([...readTar(archive)].map((entry) => [entry.name, entry]));
  const at = (name: string): Buffer => {
    const entry = files.get(name);
    if (!entry) throw new Error(`the archive has no ${name}`);
    // A layer that comes twice is a link: `../<id>/layer.tar`.
    return entry.type === 'link' ? at(entry.target.replace(/^\.\.\//, '')) : entry.content;
  };
  const [image] = JSON.parse(at('manifest.json').toString()) as { Config: string; Layers: string[] }[];
  if (!image) throw new Error('the archive has no image');
  const { config, author } = JSON.parse(at(image.Config).toString()) as { config: Record<string, unknown>; author?: string };
  return {
    files: mergedTree(image.Layers.map((name) => unzipped(at(name)))),
    settings: Object.fromEntries([...fields.map((field) => [field, config[field]] as const), ['author', author] as const].flatMap(said)),
  };
}

function said([field, value]: readonly [string, unknown]): [string, string][] {
  if (value === undefined || value === null || value === '') return [];
  if (typeof value === 'object' && Object.keys(value).length === 0) return [];
  return [[field, JSON.stringify(value)]];
}

const unzipped = (layer: Buffer): Buffer => (layer[0] === 0x1f && layer[1] === 0x8b ? gunzipSync(layer) : layer);
