import { createHash } from 'node:crypto';
import {
  type BuildContextFile,
  BuildContextFileType as Type,
  type BuildRequest,
  type BuildResponse,
  type BuildServiceClient,
  BuildStepState,
  type DeepPartial,
} from '@arcbox/proto/arcbox/engine/v1/build';

/** A file of a context; its type is a regular file's unless it says otherwise. */
export interface TestFile extends Partial<Omit<BuildContextFile, 'name' | 'link'>> {
  readonly name: string | Buffer;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** What is sent, where that is not what was listed. */
  readonly sent?: string | Buffer;
}

export interface ListedBuild {
  /** Names of the files whose contents the worker asked for. */
  readonly wanted: readonly string[];
  /** `COPY a /: cached` */
  readonly steps: readonly string[];
  readonly id: string;
}

export interface How {
  readonly signal?: AbortSignal;
  readonly noCache?: boolean;
  /** Called when the worker has said what it wants, before it is sent. */
  readonly beforeSending?: () => Promise<void>;
  /** Called in the middle of the contents. */
  readonly whileSending?: () => Promise<void>;
}

/** Builds from files as a client does that lists them first. Throws what the build ends with. */
export async function buildListed({ builds }: { builds: BuildServiceClient }, files: readonly TestFile[], how: How = {}): Promise<ListedBuild> {
  const wanted: TestFile[] = [];
  const answered = Promise.withResolvers<void>();
  const requests = async function* (): AsyncGenerator<DeepPartial<BuildRequest>, void, undefined> {
    yield { options: { noCache: how.noCache } };
    const half = Math.ceil(files.length / 2);
    yield { listing: { files: files.slice(0, half).map(listed) } };
    yield { listing: { files: files.slice(half).map(listed), complete: true } };
    await answered.promise;
    await how.beforeSending?.();
    const content = Buffer.concat(wanted.map((file) => Buffer.from(file.sent ?? file.content ?? '')));
    const middle = Math.floor(content.length / 2);
    yield { data: content.subarray(0, middle) };
    await how.whileSending?.();
    yield { data: content.subarray(middle), eof: true };
  };
  const steps: string[] = [];
  let id = '';
  try {
    for await (const { event } of builds.build(requests(), { signal: how.signal })) {
      if (event?.$case === 'wanted') {
        for (const place of event.value.files) wanted.push(files[place] as TestFile);
        if (event.value.complete) answered.resolve();
      }
      if (event?.$case === 'result') id = event.value.id;
      steps.push(...endOf(event));
    }
  } finally {
    answered.resolve();
  }
  return { wanted: wanted.map(({ name }) => Buffer.from(name).toString()), steps, id };
}

/** Builds from the same, or other, files as a client does that sends an archive. */
export async function buildArchive({ builds }: { builds: BuildServiceClient }, archive: Buffer): Promise<string[]> {
  const steps: string[] = [];
  const requests = async function* (): AsyncGenerator<DeepPartial<BuildRequest>, void, undefined> {
    yield { options: {}, data: archive, eof: true };
  };
  for await (const { event } of builds.build(requests())) steps.push(...endOf(event));
  return steps;
}

function endOf(event: BuildResponse['event']): string[] {
  if (event?.$case !== 'step' || event.value.state === BuildStepState.BUILD_STEP_STATE_STARTED) return [];
  const isCached = event.value.state === BuildStepState.BUILD_STEP_STATE_CACHED;
  return [`${event.value.name.replace(/^\[.*?\] /, '')}: ${isCached ? 'cached' : 'done'}`];
}

function listed({ name, content, link, sent: _, ...rest }: TestFile): DeepPartial<BuildContextFile> {
  const type = rest.type ?? Type.BUILD_CONTEXT_FILE_TYPE_REGULAR;
  const isRegular = type === Type.BUILD_CONTEXT_FILE_TYPE_REGULAR;
  return {
    type,
    mode: type === Type.BUILD_CONTEXT_FILE_TYPE_DIRECTORY ? 0o755 : 0o644,
    mtime: 1_700_000_000n,
    ...(isRegular ? { size: BigInt(Buffer.byteLength(content ?? '')), sha256: createHash('sha256').update(content ?? '').digest() } : {}),
    ...rest,
    name: Buffer.from(name),
    link: Buffer.from(link ?? '', 'latin1'),
  };
}
