import type { Writable } from 'node:stream';
import { printable } from '../printable.ts';
import { measuredSteps, type ProgressView } from './view.ts';

/** A line for each step of each layer, without the numbers in between: for files and pipes. */
export function plainProgress(stream: Writable): ProgressView {
  const last = new Map<string, string>();
  return {
    show({ id, status }) {
      if (id !== '' && (measuredSteps.has(status) || last.get(id) === status)) return;
      last.set(id, status);
      stream.write(printable(id === '' ? `${status}\n` : `${id}: ${status}\n`));
    },
    end() {},
  };
}
