import { isSamePlatform, formatPlatform } from '../image/platform.ts';
import { openBase } from './base-image.ts';
import type { Build, Position } from './build.ts';
import { fileStepOf } from './file-step.ts';
import type { Instruction } from './language/instruction.ts';
import { imageIdOf } from './image-document.ts';
import { interpret } from './language/interpret.ts';
import { stateFrom, stateFromStage } from './language/start-stage.ts';
import type { PlannedStage } from './language/stages.ts';
import type { Step, StepState } from './news.ts';
import { performStep } from './perform-step.ts';
import type { StepNumbers } from './step-numbers.ts';
import { reasonOf } from './text-progress.ts';

/** Where a stage begins, and the triggers that come before its own instructions. */
interface Start {
  readonly position: Position;
  readonly triggers: readonly Instruction[];
}

/** Builds one stage; `parent` gives the stage that it is built on. */
export async function runStage(
  build: Build,
  stage: PlannedStage,
  numbers: StepNumbers,
  parent: (index: number) => Promise<Position>,
): Promise<Position> {
  const { triggers, position: first } = await begin(build, stage, numbers.from(stage), parent);
  let position = first;
  for (const trigger of triggers) position = await take(build, position, trigger, numbers.trigger(stage, trigger.text));
  for (const [index, instruction] of stage.instructions.entries()) {
    position = await take(build, position, instruction, numbers.instruction(stage, index));
  }
  return position;
}

async function begin(build: Build, stage: PlannedStage, step: Step, parent: (index: number) => Promise<Position>): Promise<Start> {
  // A stage is waited for before its child is said to have begun.
  const { base } = stage;
  const before = base.kind === 'stage' ? await parent(base.index) : undefined;
  return report(build, step, async () => {
    if (before) {
      const { state, triggers } = stateFromStage(before.state, stage);
      return { value: { position: { ...before, state }, triggers }, state: 'done' };
    }
    if (base.kind !== 'image') {
      const { state, triggers } = stateFrom(undefined, stage.platform, stage);
      return { value: { position: { layers: [], history: [], milestones: [], state }, triggers }, state: 'done' };
    }
    return { value: await beginFromImage(build, stage, base.reference, step), state: 'done' };
  });
}

async function beginFromImage(build: Build, stage: PlannedStage, name: string, step: Step): Promise<Start> {
  const wish = { name, platform: stage.platform, isExplicit: build.options.platform !== undefined || /--platform=/i.test(stage.text) };
  const base = await openBase(build, wish, (progress) => build.tell({ kind: 'transfer', step: step.id, progress }), build.signal);
  if (wish.isExplicit && !isSamePlatform(base.record.platform, stage.platform)) {
    const text = `${name} is for ${formatPlatform(base.record.platform)}, not for ${formatPlatform(stage.platform)}`;
    await build.tell({ kind: 'warning', text });
  }
  const { state, triggers } = stateFrom(base.document, stage.platform, stage);
  return { position: { base, layers: base.layers, history: [], milestones: [], state }, triggers };
}

/** Takes one instruction: its change of the state, and of the files if it has any. */
async function take(build: Build, position: Position, instruction: Instruction, step: Step): Promise<Position> {
  return report(build, step, async () => {
    const { state, action, history, warnings } = interpret(instruction, position.state);
    for (const text of warnings) await build.tell({ kind: 'warning', text });
    if (!action) {
      const entry = { createdBy: history.createdBy, isEmpty: true };
      return { value: { ...position, state, history: [...position.history, entry] }, state: 'done' };
    }
    const { record, isCached } = await performStep(build, position, await fileStepOf(build, position, action, step.id));
    const { layer } = record;
    const entry = { createdBy: history.createdBy, created: record.createdAt, isEmpty: layer === undefined };
    const after = {
      ...position,
      layers: layer ? [...position.layers, { diffId: layer.diffId, blob: layer.blob }] : position.layers,
      history: [...position.history, entry],
      state,
    };
    const value = { ...after, milestones: [...position.milestones, after] };
    return { value, state: isCached ? 'cached' : 'done', image: imageIdOf(after, record.createdAt) };
  });
}

interface Outcome<T> {
  readonly value: T;
  readonly state: StepState;
  /** Image id after the step. */
  readonly image?: string;
}

/** Tells how a step begins and ends. */
async function report<T>(build: Build, step: Step, work: () => Promise<Outcome<T>>): Promise<T> {
  await build.tell({ kind: 'step', step, state: 'started' });
  try {
    const { value, ...end } = await work();
    await build.tell({ kind: 'step', step, ...end });
    return value;
  } catch (error) {
    const isCanceled = build.signal.aborted;
    await build.tell({ kind: 'step', step, state: isCanceled ? 'canceled' : 'failed', error: isCanceled ? '' : reasonOf(error) });
    throw error;
  }
}
