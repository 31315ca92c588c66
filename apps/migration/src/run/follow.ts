import { notFound } from '@arcbox/errors';
import { type Chronicle, type Step, stepId, type Telling } from './journal.ts';
import { runOf } from './run.ts';

/** Until somebody looks again whether another replica has told something; milliseconds. */
const lookEvery = 100;

/**
 * What the run of a plan tells, from the beginning of its present phase to its end. It
 * may be another replica's, which may die: whoever goes on with it tells the rest.
 * NOT_FOUND when the plan is removed meanwhile.
 */
export async function* followRun(
  { runs, steps, pulses, news }: Chronicle,
  plan: string,
  signal: AbortSignal,
): AsyncGenerator<Telling & Pick<Step, 'end'>, void, undefined> {
  const { attempt, phaseStep } = runOf(runs, plan);
  let next = phaseStep;
  let beat = 0;
  for (;;) {
    for (let step; (step = steps.get(stepId(plan, attempt, next)));) {
      next += 1;
      yield step;
      if (step.end) return;
    }
    if (!runs.get(plan)) throw notFound(`no such migration plan: ${plan}`);
    const pulse = pulses.get(plan);
    if (pulse?.attempt === attempt && pulse.beat !== beat) {
      beat = pulse.beat;
      yield pulse;
    }
    await news.wait(lookEvery, signal);
    signal.throwIfAborted();
  }
}
