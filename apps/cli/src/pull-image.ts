import { readClientConfig } from '@arcbox/config';
import type { Engine } from './connection.ts';
import { encodeCredentials, readCredentials } from './credentials.ts';
import { print } from './output.ts';
import { plainProgress } from './progress/plain.ts';
import type { ProgressView } from './progress/view.ts';
import { parseReference } from './reference.ts';

export interface PullOptions {
  /** `os/arch[/variant]`; empty means the engine's. */
  readonly platform: string;
  readonly quiet: boolean;
  /** Said before the first progress: the reference was well formed, the engine works on it. */
  readonly opening?: string;
  /** Where progress goes. */
  readonly stream: NodeJS.WriteStream;
  readonly signal?: AbortSignal;
}

/** Has the engine fetch an image and shows how that goes. */
export async function pullImage(engine: Engine, reference: string, options: PullOptions): Promise<void> {
  const { domain } = parseReference(reference);
  const auth = encodeCredentials(domain, readCredentials(readClientConfig().directory, domain));
  const view = await viewFor(options);
  try {
    const { platform, signal } = options;
    let { opening } = options;
    for await (const update of engine.images.pull({ reference, auth, platform }, { signal })) {
      if (opening) await print(opening);
      opening = undefined;
      view.show(update);
    }
  } finally {
    view.end();
  }
}

async function viewFor({ quiet, stream }: PullOptions): Promise<ProgressView> {
  if (quiet) return { show() {}, end() {} };
  if (!stream.isTTY) return plainProgress(stream);
  const { terminalProgress } = await import('./progress/terminal.ts');
  return terminalProgress(stream);
}
