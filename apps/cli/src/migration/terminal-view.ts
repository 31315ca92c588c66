import type { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import cliProgress from 'cli-progress';
import { printable } from '../printable.ts';
import { truncate } from '../table.ts';
import { type MigrationView, phaseName } from './view.ts';

const [nameWidth, barWidth] = [26, 20];

/** A line for each phase that changes in place. */
export function terminalView(stream: NodeJS.WriteStream): MigrationView {
  const bars = new cliProgress.MultiBar({
    stream,
    format: (_options, _params, payload: RunMigrationEvent) => formatStep(payload, stream.columns),
    // Neither has to be put right again when a signal ends us.
    linewrap: true,
    hideCursor: false,
    fps: 15,
  });
  const lines = new Map<string, cliProgress.SingleBar>();
  return {
    show(event) {
      if (event.done) return;
      const line = lines.get(event.phase);
      if (line) line.update(event.completed, event);
      else lines.set(event.phase, bars.create(1, 0, event));
    },
    end() {
      if (lines.size > 0) bars.stop();
    },
  };
}

/** `Bringing over images       [=====>              ] 1/4  busybox:latest: 1.2MB/3.4MB` */
export function formatStep({ phase, resource, message, completed, total }: RunMigrationEvent, columns = 80): string {
  const filled = total === 0 ? 0 : Math.floor((completed / total) * barWidth);
  const bar = filled >= barWidth ? '='.repeat(barWidth) : `${'='.repeat(filled)}>`.padEnd(barWidth);
  const head = `${phaseName(phase).padEnd(nameWidth)} [${total === 0 ? ' '.repeat(barWidth) : bar}] ${total === 0 ? '' : `${completed}/${total}`}`;
  const detail = total > 0 && completed >= total ? '' : [resource, message].filter(Boolean).join(': ');
  return truncate(printable(`${head}  ${detail}`).replace(/\s*\n\s*/g, ' ').trimEnd(), Math.max(columns - 1, 1));
}
