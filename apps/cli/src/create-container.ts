import { rmSync, writeFileSync } from 'node:fs';
import { failedPrecondition } from '@arcbox/errors';
import type { Engine } from './connection.ts';
import type { ContainerOptions, ContainerWish } from './container-options.ts';
import { isFailure } from './failure.ts';
import { note } from './output.ts';
import { patience } from './patience.ts';
import { pullImage } from './pull-image.ts';
import { parseReference } from './reference.ts';

/** Creates a container, fetching its image first where that is wanted. Resolves with the id. */
export async function createContainer(
  engine: Engine,
  request: ContainerWish,
  options: ContainerOptions,
  signal?: AbortSignal,
): Promise<string> {
  const image = request.container.image;
  const create = () => engine.furtherContainers.create(request, { deadline: patience.create, signal });
  const pull = () => {
    const { platform = '', quiet = false } = options;
    return pullImage(engine, image, { platform, quiet, stream: process.stderr, signal });
  };
  using idFile = openIdFile(options.cidfile);
  if (options.pull === 'always') await pull();
  const { id, warnings } = await create().catch(async (error: unknown) => {
    if (options.pull !== 'missing' || !(await isImageMissing(engine, image, error))) throw error;
    if (!options.quiet) note(`Unable to find image '${shownName(image)}' locally`);
    await pull();
    return create();
  });
  for (const warning of warnings) note(`WARNING: ${warning}`);
  idFile?.write(id);
  return id;
}

/** A network may be what was not found. */
async function isImageMissing(engine: Engine, reference: string, error: unknown): Promise<boolean> {
  if (!isFailure(error, 'not-found')) return false;
  const { exists } = await engine.images.exists({ reference });
  return !exists;
}

function shownName(image: string): string {
  const { tag, digest } = parseReference(image);
  return tag || digest ? image : `${image}:latest`;
}

/** Claims the file before anything is created, so that an id is never lost for want of it. */
function openIdFile(path: string | undefined): ({ write(id: string): void } & Disposable) | undefined {
  if (path === undefined) return undefined;
  let written = false;
  try {
    writeFileSync(path, '', { flag: 'wx' });
  } catch (error) {
    throw failedPrecondition(`cannot make ${path}: ${(error as NodeJS.ErrnoException).code}`, error);
  }
  return {
    write(id) {
      writeFileSync(path, id);
      written = true;
    },
    [Symbol.dispose]() {
      if (!written) rmSync(path, { force: true });
    },
  };
}
