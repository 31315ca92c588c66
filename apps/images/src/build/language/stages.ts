import { invalidArgument, notFound } from '@arcbox/errors';
import { hostPlatform, parsePlatform, type Platform } from '../../image/platform.ts';
import type { StageScope } from './build-state.ts';
import { declaredArgs, globalArgs } from './build-args.ts';
import { expandWord } from './expand.ts';
import type { Dockerfile, Instruction, WrittenStage } from './instruction.ts';
import { checkImageName, originsOf, scratch } from './origin.ts';
import { atLine } from './parse-failure.ts';

export interface PlanOptions {
  /** `--build-arg` */
  readonly args: ReadonlyMap<string, string>;
  /** Name or number of a stage; empty: the last. */
  readonly target: string;
  readonly platform: Platform;
}

export type Base =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'stage'; readonly index: number };

export interface PlannedStage {
  readonly index: number;
  /** Lower case; empty when it has none. */
  readonly name: string;
  /** Of its FROM. */
  readonly line: number;
  /** Its FROM as written. */
  readonly text: string;
  readonly base: Base;
  /** For the base image: what FROM says, or else what is built for. */
  readonly platform: Platform;
  readonly instructions: readonly Instruction[];
  readonly scope: StageScope;
  /** Stages that it needs directly, ascending: its base, and those it takes files from. */
  readonly dependsOn: readonly number[];
}

export interface StagePlan {
  readonly target: PlannedStage;
  /** What the target needs, itself included, in the order of the file. */
  readonly stages: readonly PlannedStage[];
  /** Any stage: triggers of a base image may need one that is not in `stages`. */
  readonly stage: (index: number) => PlannedStage;
  /** Names of all ARGs that were looked at, for unconsumedWarning. */
  readonly declaredArgs: ReadonlySet<string>;
}

/** Finds what has to be built. A target that is not there is NOT_FOUND; a base that makes no sense INVALID_ARGUMENT. */
export function planStages(dockerfile: Dockerfile, options: PlanOptions): StagePlan {
  const planner = new Planner(dockerfile, options);
  const last = findTarget(dockerfile.stages, options.target);
  const needed = new Set([last]);
  for (let index = last; index >= 0; index--) {
    if (needed.has(index)) for (const dependency of planner.stage(index).dependsOn) needed.add(dependency);
  }
  const stages = [...needed].sort((a, b) => a - b).map((index) => planner.stage(index));
  const instructions = [...dockerfile.globalArgs, ...stages.flatMap((stage) => stage.instructions)];
  return {
    target: planner.stage(last),
    stages,
    stage: (index) => planner.stage(index),
    declaredArgs: new Set(declaredArgs(instructions)),
  };
}

function findTarget(stages: readonly WrittenStage[], target: string): number {
  if (target === '') return stages.length - 1;
  const named = stages.findLastIndex(({ from }) => from.name === target.toLowerCase());
  if (named >= 0) return named;
  if (/^\d+$/.test(target) && Number(target) < stages.length) return Number(target);
  const names = stages.map(({ from }, index) => from.name || String(index)).join(', ');
  throw notFound(`target stage ${JSON.stringify(target)} could not be found; there is ${names}`);
}

class Planner {
  readonly #dockerfile: Dockerfile;
  readonly #options: PlanOptions;
  readonly #scope: Omit<StageScope, 'index'>;
  readonly #planned = new Map<number, PlannedStage>();

  constructor(dockerfile: Dockerfile, options: PlanOptions) {
    this.#dockerfile = dockerfile;
    this.#options = options;
    const { escape, stages } = dockerfile;
    const target = options.target || (stages.at(-1)?.from.name ?? '');
    const platforms = { target: options.platform, build: hostPlatform() };
    this.#scope = {
      escape,
      names: stages.map(({ from }) => from.name),
      buildArgs: options.args,
      globalArgs: globalArgs(dockerfile, options.args, target, platforms),
    };
  }

  stage(index: number): PlannedStage {
    const written = this.#dockerfile.stages[index];
    if (written === undefined) throw notFound(`no such stage: ${index}`);
    const stage = this.#planned.get(index) ?? this.#plan(written, index);
    this.#planned.set(index, stage);
    return stage;
  }

  #plan({ from, instructions }: WrittenStage, index: number): PlannedStage {
    const { name, line, text } = from;
    const scope = { ...this.#scope, index };
    const base = atLine(line, () => this.#base(from.base, scope));
    const platform = atLine(line, () => this.#platform(from.platform));
    const bases = base.kind === 'stage' ? [base.index] : [];
    const dependsOn = [...new Set([...bases, ...stagesUsed(instructions, scope)])].sort((a, b) => a - b);
    return { index, name, line, text, base, platform, instructions, scope, dependsOn };
  }

  #base(word: string, { index, names }: StageScope): Base {
    const reference = this.#expand(word);
    if (reference === '') throw invalidArgument(`base name (${word}) should not be blank`);
    if (reference === scratch) return { kind: 'scratch' };
    const stage = index === 0 ? -1 : names.lastIndexOf(reference.toLowerCase(), index - 1);
    if (stage >= 0) return { kind: 'stage', index: stage };
    checkImageName(reference);
    return { kind: 'image', reference };
  }

  #platform(word: string): Platform {
    if (word === '') return this.#options.platform;
    const platform = this.#expand(word);
    if (platform === '') throw invalidArgument(`empty platform value from expression ${word}`);
    return parsePlatform(platform);
  }

  #expand(word: string): string {
    return expandWord(word, (name) => this.#scope.globalArgs.get(name), this.#scope);
  }
}

/** The stages that instructions take files from; for triggers of a base image, too. */
export function stagesUsed(instructions: readonly Instruction[], scope: StageScope): number[] {
  return instructions.flatMap((instruction) =>
    atLine(instruction.line, () => originsOf(instruction, scope)).flatMap((origin) =>
      'stage' in origin ? [origin.stage] : [],
    ),
  );
}
