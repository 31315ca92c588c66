import { styleText } from 'node:util';
import { printable } from '../../printable.ts';
import { failureReport } from './failure-report.ts';
import { type FrameLine, lastFrame, liveFrame } from './frame.ts';
import { Steps } from './step.ts';
import type { BuildView } from './view.ts';

/** Milliseconds between two pictures. */
const pace = 100;

const styles = { header: undefined, running: undefined, ended: 'blue', failed: 'red', detail: 'gray' } as const;

/** One line a step that changes in place, with the end of the output of those that run folded beneath it. */
export function terminalBuild(stream: NodeJS.WriteStream, steps = new Steps()): BuildView {
  const since = steps.now;
  const warnings: string[] = [];
  let drawn = 0;

  const draw = (lines: readonly FrameLine[]): void => {
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    const text = lines.map((line) => `${styled(line, stream)}\u001b[K\n`).join('');
    // No line takes two rows, however wide its characters are. One write: nobody ends us in its middle.
    stream.write(`\r${up}\u001b[?7l${text}\u001b[J\u001b[?7h`);
    drawn = lines.length;
  };
  const screen = () => ({ columns: stream.columns || 80, rows: stream.rows || 24 });
  const timer = setInterval(() => draw(liveFrame(steps.all, since, steps.now, screen())), pace);
  return {
    show(event) {
      if (event.$case === 'step') steps.find(event.value.id).become(event.value, steps.now);
      else if (event.$case === 'output') steps.find(event.value.step).write(event.value, steps.now);
      else if (event.$case === 'transfer') steps.find(event.value.step).transfer(event.value);
      else warnings.push(event.value);
    },
    end(failure) {
      clearInterval(timer);
      if (steps.all.length > 0) draw(lastFrame(steps.all, since, steps.now, screen().columns, failure === undefined));
      else if (drawn > 0) draw([]);
      for (const warning of warnings) stream.write(`WARNING: ${printable(warning)}\n`);
      stream.write(failureReport(steps.all) + (failure ?? ''));
    },
    conclude: (lines) => lines.forEach((line) => stream.write(`${printable(line)}\n`)),
  };
}

function styled({ text, kind }: FrameLine, stream: NodeJS.WriteStream): string {
  const style = styles[kind];
  return style === undefined ? text : styleText(style, text, { stream });
}
