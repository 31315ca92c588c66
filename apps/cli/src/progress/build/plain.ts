import type { Writable } from 'node:stream';
import { type BuildStep, BuildStepState as State } from '@arcbox/proto/arcbox/engine/v1/build';
import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';
import { printable, printableInColour } from '../../printable.ts';
import { measuredSteps } from '../view.ts';
import { type Step, Steps, type TimedLine } from './step.ts';
import type { BuildEvent, BuildView } from './view.ts';

/** A line for all that happens, each with the number of its step: for files, pipes and logs of CI. */
export function plainBuild(stream: Writable, steps = new Steps()): BuildView {
  let current: number | undefined;
  const said = new Map<string, string>();
  const line = (text: string): void => void stream.write(`${text}\n`);

  /** Steps take turns, for as long as they have something to say; each turn begins with the name. */
  const turnTo = (step: Step): void => {
    if (current === step.id) return;
    if (current !== undefined) line('');
    current = step.id;
    line(`#${step.id} ${printable(step.name)}`);
  };
  const output = (step: Step, lines: readonly TimedLine[]): void => {
    if (lines.length > 0) turnTo(step);
    for (const { at, text } of lines) line(`#${step.id} ${at.toFixed(3)} ${printableInColour(text)}`);
  };
  const transfer = (step: Step, { id, status }: PullProgress): void => {
    const key = `${step.id}/${id}`;
    if (measuredSteps.has(status) || said.get(key) === status) return;
    said.set(key, status);
    turnTo(step);
    line(`#${step.id} ${printable(id ? `${id}: ${status}` : status)}`);
  };
  const become = (update: BuildStep): void => {
    const step = steps.find(update.id);
    const last = step.become(update, steps.now);
    if (step.isRunning) {
      if (current === undefined) turnTo(step);
      return;
    }
    turnTo(step);
    output(step, last);
    line(`#${step.id} ${ending(step)}`);
    line('');
    current = undefined;
    const next = steps.all.find(({ isRunning }) => isRunning);
    if (next) turnTo(next);
  };
  return {
    show(event: BuildEvent) {
      if (event.$case === 'step') become(event.value);
      else if (event.$case === 'output') {
        const step = steps.find(event.value.step);
        output(step, step.write(event.value, steps.now));
      } else if (event.$case === 'warning') line(`WARNING: ${printable(event.value)}`);
      else if (event.value.progress) transfer(steps.find(event.value.step), event.value.progress);
    },
    end: (failure = '') => void stream.write(failure),
    conclude: (lines) => lines.forEach((text) => line(printable(text))),
  };
}

function ending({ state, error, started, ended = started }: Step): string {
  if (state === State.BUILD_STEP_STATE_CACHED) return 'CACHED';
  if (state === State.BUILD_STEP_STATE_FAILED) return `ERROR: ${printable(error)}`;
  if (state === State.BUILD_STEP_STATE_CANCELED) return 'CANCELED';
  return `DONE ${((ended - started) / 1000).toFixed(1)}s`;
}
