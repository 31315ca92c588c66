import type { PullProgress } from '@arcbox/proto/arcbox/v1/image';
import { print } from './output.ts';
import { plainProgress } from './progress/plain.ts';
import type { ProgressView } from './progress/view.ts';

export interface TransferDisplay {
  readonly quiet: boolean;
  /** Said before the first progress: the reference was well formed, the engine works on it. */
  readonly opening?: string | undefined;
  /** Where progress goes. */
  readonly stream: NodeJS.WriteStream;
}

/** Shows how layers come or go, until they have. */
export async function showTransfer(updates: AsyncIterable<PullProgress>, display: TransferDisplay): Promise<void> {
  const view = await viewFor(display);
  let { opening } = display;
  try {
    for await (const update of updates) {
      if (opening) await print(opening);
      opening = undefined;
      view.show(update);
    }
  } finally {
    view.end();
  }
}

async function viewFor({ quiet, stream }: TransferDisplay): Promise<ProgressView> {
  if (quiet) return { show() {}, end() {} };
  if (!stream.isTTY) return plainProgress(stream);
  const { terminalProgress } = await import('./progress/terminal.ts');
  return terminalProgress(stream);
}
