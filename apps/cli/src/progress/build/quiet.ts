import type { Writable } from 'node:stream';
import { printable } from '../../printable.ts';
import { failureReport } from './failure-report.ts';
import { Steps } from './step.ts';
import type { BuildView } from './view.ts';

/** Says nothing but what went wrong. */
export function quietBuild(stream: Writable): BuildView {
  const steps = new Steps();
  return {
    show(event) {
      if (event.$case === 'step') steps.find(event.value.id).become(event.value, steps.now);
      if (event.$case === 'output') steps.find(event.value.step).write(event.value, steps.now);
      if (event.$case === 'warning') stream.write(`WARNING: ${printable(event.value)}\n`);
    },
    end: (failure = '') => void stream.write(failureReport(steps.all) + failure),
    conclude() {},
  };
}
