import { availableParallelism } from 'node:os';
import { invalidArgument } from '@arcbox/errors';
import type { Logger } from '@arcbox/log';
import { Pin } from '../store/pins.ts';
import { hostPlatform } from '../image/platform.ts';
import { formatFamiliar } from '@arcbox/reference';
import type { Build, Builder, Position } from './build.ts';
import { defaultContextLimits } from './copy/context-limits.ts';
import { type ContextSource, openSource } from './copy/context-source.ts';
import { readIgnore } from './copy/ignore.ts';
import type { Want } from './copy/listed-context.ts';
import { finishImage } from './finish-image.ts';
import { unconsumedWarning } from './language/build-args.ts';
import { parseDockerfile } from './language/parse.ts';
import { planStages, type StagePlan } from './language/stages.ts';
import type { BuildNews } from './news.ts';
import type { BuildOptions } from './options.ts';
import { readDockerfile } from './read-dockerfile.ts';
import { SourceFinder } from './source-finder.ts';
import { StageGraph } from './stage-graph.ts';
import { StepCache } from './step-cache.ts';
import { Turns } from './turns.ts';
import { Workspace } from './workspace.ts';

/** Steps of one build that run at a time. */
const parallelSteps = Math.max(4, availableParallelism());

/** The caller of a build. */
export interface Caller {
  readonly log: Logger;
  /** Aborts when the caller leaves or the worker stops. */
  readonly signal: AbortSignal;
  tell(news: BuildNews): Promise<void>;
}

/**
 * Builds an image from a Dockerfile and the files of its context. It becomes
 * visible when all is done; a build that fails leaves nothing but cache.
 */
export async function buildImage(
  builder: Builder,
  options: BuildOptions,
  files: ContextSource,
  { log, signal, tell }: Caller,
): Promise<void> {
  const { engine, containers } = builder;
  const want: Want = (places, isComplete) => tell({ kind: 'wanted', files: places, isComplete });
  await using context = await openSource(builder, files, want, defaultContextLimits, signal);
  const dockerfile = parseDockerfile(await readDockerfile(context.tree, options));
  const { args, target, platform = hostPlatform() } = options;
  const plan = planStages(dockerfile, { args, target, platform });
  for (const text of dockerfile.warnings) await tell({ kind: 'warning', text });
  await using workspace = Workspace.open(engine, containers);
  using pin = Pin.hold(engine.store, engine.records);
  const failed = new AbortController();
  const turns = new Turns(parallelSteps);
  const build: Build = {
    ...builder,
    options,
    workspace,
    context: { tree: context.tree, ignore: readIgnore(context.tree, options) },
    cache: new StepCache(engine),
    pin,
    ...clampTimeOf(args, plan),
    log,
    signal: AbortSignal.any([signal, failed.signal]),
    tell,
    inTurn: (work) => turns.take(work),
    filesOf: (origin, step) => sources.open(origin, step),
  };
  const graph = new StageGraph(build, plan, failed);
  const sources = new SourceFinder(build, (index) => graph.stage(index));
  const position = await graph.target();
  const image = await finishImage(build, position);
  await warnOfArgs(plan, position, options, tell);
  await tell({ kind: 'result', id: image.id, names: options.tags.map(formatFamiliar) });
}

/** From the caller, or from an ARG before the first FROM. */
function clampTimeOf(args: BuildOptions['args'], { target }: StagePlan): { clampTime?: number } {
  const text = args.get('SOURCE_DATE_EPOCH') ?? target.scope.globalArgs.get('SOURCE_DATE_EPOCH') ?? '';
  if (text === '') return {};
  if (!/^\d{1,11}$/.test(text)) throw invalidArgument(`invalid SOURCE_DATE_EPOCH: ${text} is no number of seconds`);
  return { clampTime: Number(text) };
}

/** ARGs of triggers are known only when the stage was built. */
async function warnOfArgs(
  { declaredArgs }: StagePlan,
  { state }: Position,
  { args }: BuildOptions,
  tell: Caller['tell'],
): Promise<void> {
  const text = unconsumedWarning(args, new Set([...declaredArgs, ...state.args.keys()]));
  if (text !== undefined) await tell({ kind: 'warning', text });
}
