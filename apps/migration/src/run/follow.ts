import { type Chronicle, type Step, stepId, type Telling } from './journal.ts';
import { runOf } from './run.ts';

/** Until somebody looks again whether another replica has told something; milliseconds. */
const lookEvery = 100;

/**
 * What the run of a plan tells, from the beginning of its present phase, or from
 * `step` on, to its end. It may be another replica's, which may die: whoever goes on
 * with it tells the rest.
 */
export async function* followRun(
  { runs, steps, pulses, news }: Chronicle,
  plan: string,
  signal: AbortSignal,
  from?: { readonly attempt: number; readonly step: number },
): AsyncGenerator<Telling & Pick<Step, 'end'>, void, undefined> {
  const { attempt, phaseStep } = runOf(runs, plan);
  let next = from?.attempt === attempt ? from.step : phaseStep;
  let beat = 0;
  for (;;) {
    for (let step; (step = steps.get(stepId(plan, attempt, next)));) {
      next += 1;
      yield step;
      if (step.end) return;
    }
    const pulse = pulses.get(plan);
    if (pulse?.attempt === attempt && pulse.beat !== beat) {
      beat = pulse.beat;
      yield pulse;
    }
    await news.wait(lookEvery, signal);
    signal.throwIfAborted();
  }
}
