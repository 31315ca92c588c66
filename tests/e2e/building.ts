import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BuildRequest, type BuildResponse, BuildServiceDefinition, BuildStepState, type DeepPartial } from '@arcbox/proto/arcbox/engine/v1/build';
import { ImageServiceDefinition } from '@arcbox/proto/arcbox/v1/image';
import type { Engine } from './engine.ts';

export type Options = NonNullable<DeepPartial<BuildRequest>['options']>;

/** What a build said. */
export interface Built {
  /** `RUN make: done`, in the order of their ends. */
  readonly steps: readonly string[];
  readonly output: string;
  readonly warnings: readonly string[];
  readonly id: string;
  readonly names: readonly string[];
}

/** Builds from files: name to content. Throws what the build ends with. */
export async function build(
  engine: Engine,
  files: { readonly [name: string]: string },
  options: Options = {},
  how: { readonly signal?: AbortSignal; readonly listen?: (news: BuildResponse) => void } = {},
): Promise<Built> {
  const steps: string[] = [];
  const warnings: string[] = [];
  let output = '';
  let result = { id: '', names: [] as string[] };
  const requests = upload(contextOf(files), options);
  for await (const news of engine.client(BuildServiceDefinition).build(requests, { signal: how.signal })) {
    how.listen?.(news);
    const { event } = news;
    if (event?.$case === 'output') output += event.value.data.toString();
    if (event?.$case === 'warning') warnings.push(event.value);
    if (event?.$case === 'result') result = event.value;
    if (event?.$case === 'step' && event.value.state !== BuildStepState.BUILD_STEP_STATE_STARTED) {
      steps.push(`${event.value.name.replace(/^\[.*?\] /, '')}: ${words[event.value.state]}`);
    }
  }
  return { steps, output, warnings, ...result };
}

const words: { readonly [state: number]: string } = {
  [BuildStepState.BUILD_STEP_STATE_CACHED]: 'cached',
  [BuildStepState.BUILD_STEP_STATE_DONE]: 'done',
  [BuildStepState.BUILD_STEP_STATE_FAILED]: 'failed',
  [BuildStepState.BUILD_STEP_STATE_CANCELED]: 'canceled',
};

async function* upload(context: Buffer, options: Options): AsyncGenerator<DeepPartial<BuildRequest>> {
  yield { options, data: context };
  yield { eof: true };
}

/** A tar archive of files. */
export function contextOf(files: { readonly [name: string]: string }): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'abx-ctx-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content);
    }
    return execFileSync('tar', ['-C', directory, '-cf', '-', '.']);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What builds have left outside of their cache: directories, containers, mounts. */
export function leftovers({ root }: Engine): string[] {
  const containers = readdirSync(join(root, 'containers')).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(`${root}/images/builds/`));
  return [...readdirSync(join(root, 'images', 'builds')), ...containers, ...mounts];
}

/** The directory of the layer that an image has on top. */
export async function topDirectory(engine: Engine, image: string): Promise<string> {
  const { rootFs } = await engine.client(ImageServiceDefinition).inspect({ id: image });
  const directory = join(engine.root, 'images', 'layers', rootFs?.layers.at(-1)?.slice('sha256:'.length) ?? '');
  if (!existsSync(directory)) throw new Error(`${image} has no layer at ${directory}`);
  return directory;
}

/** Names in that layer. */
export async function topLayer(engine: Engine, image: string): Promise<string[]> {
  const directory = await topDirectory(engine, image);
  return execFileSync('find', ['.', '-mindepth', '1'], { cwd: directory, encoding: 'utf8' }).split('\n').filter(Boolean).sort();
}
