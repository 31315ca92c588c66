import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildServiceDefinition, type BuildRequest, type DeepPartial } from '@arcbox/proto/arcbox/engine/v1/build';
import { ImageStoreServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/image';
import { describeIf } from '@arcbox/testing';
import pLimit from 'p-limit';
import { baseSettings, packBase } from './dockerfiles/base.ts';
import { differences } from './dockerfiles/differences.ts';
import { type DockerBuilds, startDockerBuilds } from './dockerfiles/docker-builds.ts';
import { packContext, plantContext } from './dockerfiles/plant-context.ts';
import { baseName, type Recipe, type Reference } from './dockerfiles/recipe.ts';
import { recipes } from './dockerfiles/recipes.ts';
import { readSavedImage, type SeenImage } from './dockerfiles/saved-image.ts';
import { type Engine, startEngine } from './engine.ts';
import { usually } from './long.ts';

/** Every second recipe is enough to notice that something is broken. */
const chosen = recipes.filter((_, index) => index % usually(2, 1) === 0);

/** Recipes that are built at a time: dockerd mostly waits for its own processes. */
const atATime = 3;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'tar', 'python3'], 'Dockerfiles', () => {
  const stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'abx-corpus-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  const built = new Map<string, Promise<{ ours: SeenImage; theirs: Map<Reference, SeenImage> }>>();

  beforeAll(async () => {
    const [engine, docker] = await Promise.all([startEngine(), startDockerBuilds(join(directory, 'docker'))]);
    stack.use(engine);
    stack.use(docker);
    await docker.import(packBase(join(directory, 'base')), baseName, baseSettings);
    await load(engine, await docker.save(baseName));
    const limit = pLimit(atATime);
    for (const recipe of chosen) {
      const images = limit(() => buildEverywhere(engine, docker, recipe));
      images.catch(() => {});
      built.set(recipe.name, images);
    }
  });
  afterAll(async () => {
    await Promise.allSettled(built.values());
    await stack.disposeAsync();
  });

  it.each(chosen.map((recipe) => [recipe.name, recipe] as const))('%s', async (name, { expected = {} }) => {
    const { ours, theirs } = (await built.get(name)) ?? never(name);
    const listed = (reference: Reference): string[] => Object.keys(differences[name]?.[reference] ?? {});
    const found = [...theirs].map(([reference, image]) => ({ reference, ...compare(image, ours, listed(reference)) }));
    // What is listed and the same by now is no difference any more.
    expect(found).toEqual([...theirs.keys()].map((reference) => ({ reference, unknown: {}, known: listed(reference) })));
    for (const [path, line] of Object.entries(expected)) expect({ path, line: ours.files[path] }).toEqual({ path, line });
  });

  async function buildEverywhere(engine: Engine, docker: DockerBuilds, recipe: Recipe) {
    const context = join(directory, recipe.name);
    plantContext(context, { ...recipe.context, Dockerfile: recipe.dockerfile });
    const archive = packContext(context);
    const reference = async (how: Reference): Promise<[Reference, SeenImage]> => {
      const name = `${how}-${recipe.name}`;
      await docker.build(how, recipe, { directory: context, archive }, name);
      return [how, readSavedImage(await docker.save(name))];
    };
    const ours = async (): Promise<SeenImage> => readSavedImage(await buildHere(engine, recipe, archive));
    const [here, ...there] = await Promise.all([ours(), ...(recipe.with ?? ['classic', 'buildkit']).map(reference)]);
    return { ours: here, theirs: new Map(there) };
  }
});

async function load(engine: Engine, archive: Buffer): Promise<void> {
  const requests = async function* () {
    for (let at = 0; at < archive.length; at += 65_536) yield { data: archive.subarray(at, at + 65_536) };
    yield { eof: true };
  };
  await engine.client(ImageStoreServiceDefinition).import(requests());
}

/** The archive of the image. */
async function buildHere(engine: Engine, { name, args = {}, target = '' }: Recipe, context: Buffer): Promise<Buffer> {
  const requests = async function* (): AsyncGenerator<DeepPartial<BuildRequest>> {
    yield { options: { tags: [name], args, target, network: 'none' } };
    for (let at = 0; at < context.length; at += 65_536) yield { data: context.subarray(at, at + 65_536) };
    yield { eof: true };
  };
  await Array.fromAsync(engine.client(BuildServiceDefinition).build(requests()));
  const saved = await Array.fromAsync(engine.client(ImageStoreServiceDefinition).save({ images: [name] }));
  return Buffer.concat(saved.map(({ data }) => data));
}

/** What differs: which of the listed do, and all others as each has them. */
function compare(theirs: SeenImage, ours: SeenImage, listed: readonly string[]) {
  const unknown: Record<string, { theirs: string; ours: string }> = {};
  const known = new Set<string>();
  const [before, after] = [theirs, ours].map(({ files, settings }): Record<string, string> => ({ ...settings, ...files })) as [Seen, Seen];
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (before[key] === after[key]) continue;
    const covering = listed.find((pattern) => (pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern));
    if (covering !== undefined) known.add(covering);
    else unknown[key] = { theirs: before[key] ?? 'none', ours: after[key] ?? 'none' };
  }
  return { known: listed.filter((pattern) => known.has(pattern)), unknown };
}

type Seen = Readonly<Record<string, string>>;

function never(name: string): never {
  throw new Error(`${name} was not built`);
}
