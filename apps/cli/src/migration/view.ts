import type { Writable } from 'node:stream';
import type { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import { toJson } from '../json-text.ts';
import { printable } from '../printable.ts';

/** Shows how a migration goes on. */
export interface MigrationView {
  show(event: RunMigrationEvent): void;
  /** Nothing more comes. */
  end(): void;
}

/** A line for each phase on a terminal, a line for each step elsewhere. */
export async function viewFor(stream: NodeJS.WriteStream, json: boolean): Promise<MigrationView> {
  if (json) return jsonView(stream);
  if (!stream.isTTY) return plainView(stream);
  const { terminalView } = await import('./terminal-view.ts');
  return terminalView(stream);
}

function jsonView(stream: Writable): MigrationView {
  return {
    show: (event) => void stream.write(`${toJson({ kind: event.done ? 'result' : 'progress', ...event })}\n`),
    end() {},
  };
}

/** What a phase is about, in the words of a person. */
const phases: Readonly<Record<string, string>> = {
  prepare: 'Preparing',
  'stop-source-containers': 'Stopping containers there',
  'import-images': 'Bringing over images',
  'import-volumes': 'Bringing over volumes',
  'recreate-networks': 'Making networks',
  'recreate-containers': 'Making containers',
  'start-containers': 'Starting containers',
  complete: 'Complete',
};

export const phaseName = (phase: string): string => phases[phase] ?? phase;

/** Without the bytes in between: for files and pipes. */
export function plainView(stream: Writable): MigrationView {
  let last = '';
  return {
    show({ phase, resource, message, completed, total, done }) {
      const count = total > 0 ? ` (${completed}/${total})` : '';
      const about = resource === '' ? message : resource;
      const step = `${phaseName(phase)}${count}${about === '' ? '' : `: ${about}`}`;
      if (done || step === last) return;
      last = step;
      stream.write(printable(`${step}\n`));
    },
    end() {},
  };
}
