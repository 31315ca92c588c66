import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';
import cliProgress from 'cli-progress';
import { printable } from '../printable.ts';
import { formatSize } from '../size.ts';
import { measuredSteps, type ProgressView } from './view.ts';

/** A line for each layer that changes in place, with a bar while bytes move; closing lines come after all of them. */
export function terminalProgress(stream: NodeJS.WriteStream): ProgressView {
  const bars = new cliProgress.MultiBar({
    stream,
    format: (_options, _params, payload: PullProgress) => formatLine(payload, stream.columns),
    // Neither has to be put right again when a signal ends us.
    linewrap: true,
    hideCursor: false,
    fps: 15,
  });
  const lines = new Map<string, cliProgress.SingleBar>();
  const closing: string[] = [];
  return {
    show(update) {
      if (update.id === '') return void closing.push(update.status);
      const line = lines.get(update.id);
      if (line) line.update(Number(update.current), update);
      else lines.set(update.id, bars.create(1, 0, update));
    },
    end() {
      if (lines.size > 0) bars.stop();
      for (const line of closing) stream.write(`${printable(line)}\n`);
    },
  };
}

/** `a1b2c3d4e5f6: Downloading [=====>     ]  1.2MB/3.4MB` */
export function formatLine({ id, status, current, total }: PullProgress, columns = 80): string {
  const head = printable(`${id}: ${status}`);
  if (!measuredSteps.has(status) || current <= 0n) return head;
  const done = formatSize(current);
  if (total <= 0n) return `${head} ${done}`;
  const numbers = `${done}/${formatSize(total)}`;
  const width = Math.min(50, columns - head.length - 2 * 'xxx.xMB'.length - ' [>] / '.length);
  return width < 10 ? `${head} ${numbers}` : `${head} [${bar(Number(current) / Number(total), width)}] ${numbers}`;
}

function bar(share: number, width: number): string {
  const filled = Math.min(width, Math.floor(share * width));
  return filled === width ? '='.repeat(width) : `${'='.repeat(filled)}>`.padEnd(width);
}
