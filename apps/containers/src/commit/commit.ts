import type { Container } from '../record/container.ts';
import type { Containers } from '../record/containers.ts';
import { requireFiles } from '../files/open-files.ts';
import { imageSettings } from '../create/image-settings.ts';
import type { ImageDraft } from '../clients/images-client.ts';
import type { Places } from '../record/places.ts';
import { freezeForCommit, thawAfterCommit } from './commit-pause.ts';

export interface CommitDeps {
  readonly containers: Containers;
  readonly places: Pick<Places, 'root'>;
  readonly images: { commitRoot(path: string, image: ImageDraft, signal: AbortSignal): Promise<string> };
}

export interface CommitOptions {
  /** Name of the image; empty for none. */
  readonly reference: string;
  readonly author: string;
  readonly message: string;
  /** Dockerfile instructions for the configuration. */
  readonly changes: readonly string[];
  /** Let it go on meanwhile. */
  readonly keepRunning: boolean;
}

/** Makes an image of a container's files, without its volumes, and of its settings. Returns the image's id. */
export async function commitContainer(
  deps: CommitDeps,
  reference: string,
  options: CommitOptions,
  signal: AbortSignal,
): Promise<string> {
  const { containers, images, places } = deps;
  const { id } = containers.find(reference);
  using _lease = await containers.hold(id, signal);
  const container = containers.find(id);
  requireFiles(container);
  const { keepRunning, ...image } = options;
  const draft = { ...image, settings: imageSettings(container.config), createdBy: container.config.cmd.join(' ') };
  const imageId = await stopped(deps, container, keepRunning, () => images.commitRoot(places.root(id), draft, signal));
  const attributes = { comment: options.message, imageID: imageId, imageRef: options.reference };
  containers.announce(container, { action: 'commit', attributes });
  return imageId;
}

/** Does the work while no process of the container runs. */
async function stopped<T>({ containers }: CommitDeps, container: Container, keepRunning: boolean, work: () => Promise<T>): Promise<T> {
  if (keepRunning || container.status.state !== 'running') return work();
  try {
    await freezeForCommit(containers, container);
    return await work();
  } finally {
    await thawAfterCommit(containers, container.id);
  }
}
