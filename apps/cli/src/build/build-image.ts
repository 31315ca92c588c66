import { readClientConfig } from '@arcbox/config';
import { dataLoss, messageOf } from '@arcbox/errors';
import {
  type BuildOptions,
  type BuildRequest,
  type BuildResult,
  BuildStepState,
  type DeepPartial,
} from '@arcbox/proto/arcbox/engine/v1/build';
import type { Engine } from '../connection.ts';
import { Keychain } from '../credentials/keychain.ts';
import type { BuildView } from '../progress/build/view.ts';
import { type BuildContext, openContext } from './context.ts';
import { excerptOf } from './excerpt.ts';
import { registriesIn } from './registries.ts';
import { readSecrets } from './secrets.ts';
import type { ContextUpload } from './send-context.ts';

export interface BuildImageOptions {
  readonly tag: readonly string[];
  readonly file?: string;
  readonly buildArg: readonly string[];
  readonly target?: string;
  readonly cache: boolean;
  readonly pull: boolean;
  readonly secret: readonly string[];
  readonly platform?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly network?: string;
  readonly addHost: Readonly<Record<string, string>>;
}

/** Sends what a build needs and shows how it goes; resolves with the image. */
export async function buildImage(
  engine: Engine,
  path: string,
  options: BuildImageOptions,
  view: BuildView,
  signal: AbortSignal,
): Promise<BuildResult> {
  const context = await openContext(path, options.file);
  const request = await toRequest(options, context);
  let result: BuildResult | undefined;
  let step: string | undefined;
  try {
    for await (const { event } of engine.builds.build(requests(request, context.upload), { signal })) {
      if (event?.$case === 'result') result = event.value;
      else if (event?.$case === 'wanted') context.upload.want(event.value);
      else if (event) view.show(event);
      if (event?.$case === 'step' && event.value.state === BuildStepState.BUILD_STEP_STATE_FAILED) step = event.value.name;
    }
  } catch (error) {
    view.end(excerptOf(context.text ?? '', { message: messageOf(error), step }));
    throw error;
  } finally {
    context.upload.stop();
  }
  view.end();
  if (!result) throw dataLoss('the engine ended the build without an image');
  return result;
}

async function* requests(
  options: BuildOptions,
  upload: ContextUpload,
): AsyncGenerator<DeepPartial<BuildRequest>, void, undefined> {
  yield { options };
  yield* upload.requests();
}

async function toRequest(options: BuildImageOptions, context: BuildContext): Promise<BuildOptions> {
  const { variable } = readClientConfig();
  return {
    tags: [...options.tag],
    dockerfile: context.dockerfile,
    dockerfileContent: context.content,
    dockerignore: context.dockerignore === undefined ? undefined : Buffer.from(context.dockerignore),
    target: options.target ?? '',
    args: argumentsOf(options.buildArg, variable),
    labels: { ...options.label },
    platform: options.platform ?? '',
    noCache: !options.cache,
    pull: options.pull,
    secrets: readSecrets(options.secret, variable),
    network: options.network ?? '',
    auths: await credentialsFor(context.text),
    extraHosts: { ...options.addHost },
  };
}

/** `KEY` alone takes its value from the environment and is left out when it has none there. */
function argumentsOf(
  options: readonly string[],
  variable: (name: string) => string | undefined,
): Record<string, string> {
  const pairs = options.map((option): [string, string | undefined] => {
    const at = option.indexOf('=');
    return at < 0 ? [option, variable(option)] : [option.slice(0, at), option.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** Only what the Dockerfile may need: secrets go no further than they have to. */
async function credentialsFor(dockerfile: string | undefined): Promise<Record<string, string>> {
  const keychain = new Keychain();
  const known = keychain.registries();
  const registries = registriesIn(dockerfile) ?? known;
  const pairs = await Promise.all(
    registries.map(async (registry): Promise<[string, string]> => [registry, await keychain.encoded(registry)]),
  );
  return Object.fromEntries(pairs.filter(([, auth]) => auth !== ''));
}
