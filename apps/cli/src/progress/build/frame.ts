import { BuildStepState as State } from '@arcbox/proto/arcbox/engine/v1/build';
import { plainText } from '../../printable.ts';
import { truncate } from '../../table.ts';
import { formatLine } from '../terminal.ts';
import type { Step } from './step.ts';

/** Lines of output, or layers, that a running step shows. */
const shownDetails = 6;

export interface Screen {
  readonly columns: number;
  readonly rows: number;
}

/** A line, and what kind it is. */
export interface FrameLine {
  readonly text: string;
  readonly kind: 'header' | 'running' | 'ended' | 'failed' | 'detail';
}

/** What a terminal shows of a build while it runs; never more than the screen has room for. */
export function liveFrame(steps: readonly Step[], since: number, now: number, { columns, rows }: Screen): FrameLine[] {
  const header = headerOf(steps, since, now, '');
  const groups = steps.map((step) => ({ step, lines: [stepLine(step, now, columns), ...details(step, columns)] }));
  let excess = 1 + groups.reduce((sum, { lines }) => sum + lines.length, 0) - (rows - 1);
  // What has ended may leave, the first ones first; then details; then the first steps.
  const left = groups.filter(({ step, lines }) => step.isRunning || excess <= 0 || void (excess -= lines.length));
  for (const { lines } of left) {
    while (excess > 0 && lines.length > 1) {
      lines.splice(1, 1);
      excess--;
    }
  }
  const lines = left.flatMap((group) => group.lines);
  return [header, ...lines.slice(Math.max(0, excess))];
}

/** What stays of it: all steps, without their output. */
export function lastFrame(
  steps: readonly Step[],
  since: number,
  now: number,
  columns: number,
  succeeded: boolean,
): FrameLine[] {
  const header = headerOf(steps, since, now, succeeded ? ' FINISHED' : '');
  return [header, ...steps.map((step) => stepLine(step, now, columns))];
}

function headerOf(steps: readonly Step[], since: number, now: number, suffix: string): FrameLine {
  const ended = steps.filter(({ isRunning, state }) => !isRunning && isSuccess(state)).length;
  return { text: `[+] Building ${seconds(now - since)} (${ended}/${steps.length})${suffix}`, kind: 'header' };
}

const isSuccess = (state: State): boolean =>
  state === State.BUILD_STEP_STATE_CACHED || state === State.BUILD_STEP_STATE_DONE;

const words: Partial<Record<State, string>> = {
  [State.BUILD_STEP_STATE_CACHED]: 'CACHED ',
  [State.BUILD_STEP_STATE_FAILED]: 'ERROR ',
  [State.BUILD_STEP_STATE_CANCELED]: 'CANCELED ',
};

function stepLine(step: Step, now: number, columns: number): FrameLine {
  const time = seconds((step.ended ?? now) - step.started);
  const room = Math.max(10, columns - ' =>  '.length - time.length - 1);
  const name = truncate(`${words[step.state] ?? ''}${oneLine(step.name)}`, room);
  const kind = step.isRunning ? 'running' : isSuccess(step.state) ? 'ended' : 'failed';
  return { text: ` => ${name.padEnd(room)} ${time}`, kind };
}

function details(step: Step, columns: number): FrameLine[] {
  if (!step.isRunning) return [];
  const layers = [...step.transfers.values()]
    .filter(({ id, status }) => id !== '' && !/complete$|^Already exists$/i.test(status))
    .map((progress) => ` => => ${formatLine(progress, columns - ' => => '.length)}`);
  const output = step.log.slice(-shownDetails).map(({ text }) => ` => => # ${oneLine(text)}`);
  return [...layers, ...output].slice(-shownDetails).map((text) => ({ text: truncate(text, columns), kind: 'detail' }));
}

/** Nothing in it moves the cursor or takes more room than it has characters. */
const oneLine = (text: string): string => plainText(text).replace(/\n/g, ' ').replaceAll('\t', '    ');

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)}s`;
