import { BuildOptions as WireOptions, type BuildResponse, BuildStepState } from '@arcbox/proto/arcbox/engine/v1/build';
import type { BuildProgress } from '@arcbox/proto/arcbox/v1/image';
import type { BuildNews, StepNews, StepState } from './news.ts';
import type { BuildOptions } from './options.ts';
import type { TextProgress } from './text-progress.ts';
import { parsePlatform } from '../image/platform.ts';
import { parseReference } from '@arcbox/reference';
import { toPullProgress } from '../wire.ts';

export function toBuildOptions(given: WireOptions | undefined): BuildOptions {
  const { tags, platform, args, secrets, dockerfileContent, dockerignore, ...rest } = given ?? WireOptions.create();
  return {
    ...rest,
    tags: tags.map(parseReference),
    args: new Map(Object.entries(args)),
    secrets: new Map(Object.entries(secrets)),
    ...(platform === '' ? {} : { platform: parsePlatform(platform) }),
    ...(dockerfileContent.length === 0 ? {} : { dockerfileContent }),
    ...(dockerignore === undefined ? {} : { dockerignore: dockerignore.toString('utf8') }),
  };
}

export function toBuildResponse(news: BuildNews): BuildResponse {
  switch (news.kind) {
    case 'step':
      return { event: { $case: 'step', value: toStep(news) } };
    case 'output':
      return { event: { $case: 'output', value: { step: news.step, stream: news.stream, data: news.data } } };
    case 'transfer':
      return { event: { $case: 'transfer', value: { step: news.step, progress: toPullProgress(news.progress) } } };
    case 'wanted':
      return { event: { $case: 'wanted', value: { files: [...news.files], complete: news.isComplete } } };
    case 'warning':
      return { event: { $case: 'warning', value: news.text } };
    case 'result':
      return { event: { $case: 'result', value: { id: news.id, names: [...news.names] } } };
  }
}

const states: { readonly [state in StepState]: BuildStepState } = {
  started: BuildStepState.BUILD_STEP_STATE_STARTED,
  cached: BuildStepState.BUILD_STEP_STATE_CACHED,
  done: BuildStepState.BUILD_STEP_STATE_DONE,
  failed: BuildStepState.BUILD_STEP_STATE_FAILED,
  canceled: BuildStepState.BUILD_STEP_STATE_CANCELED,
};

function toStep({ step, state, error }: StepNews): { id: number; name: string; stage: string; state: BuildStepState; error: string } {
  return { id: step.id, name: step.name, stage: step.stage, state: states[state], error: error ?? '' };
}

export function toBuildProgress({ stream, status, progress, error, aux }: TextProgress): BuildProgress {
  return { stream: stream ?? '', status: status ?? '', progress: progress ?? '', error: error ?? '', aux: aux ?? '' };
}
