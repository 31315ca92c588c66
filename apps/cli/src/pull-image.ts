import type { Engine } from './connection.ts';
import { Keychain } from './credentials/keychain.ts';
import { parseReference } from './reference.ts';
import { showTransfer, type TransferDisplay } from './show-transfer.ts';

export interface PullOptions extends TransferDisplay {
  /** `os/arch[/variant]`; empty means the engine's. */
  readonly platform: string;
  readonly signal?: AbortSignal;
}

/** Has the engine fetch an image and shows how that goes. */
export async function pullImage(engine: Engine, reference: string, options: PullOptions): Promise<void> {
  const auth = await new Keychain().encoded(parseReference(reference).domain);
  const { platform, signal } = options;
  await showTransfer(engine.images.pull({ reference, auth, platform }, { signal }), options);
}
