import type { Logger } from '@arcbox/log';
import type { Container } from '../record/container.ts';

export interface HoldVolumesDeps {
  readonly volumes: {
    claim(name: string, owner: string): Promise<void>;
    release(owner: string): Promise<void>;
  };
  readonly log: Logger;
}

/**
 * Keeps the volumes of a container in place until it is known to run: nobody
 * removes or replaces what it has begun to mount, and what their options ask for
 * is mounted, also when the host has just come up.
 */
export async function holdVolumes({ volumes, log }: HoldVolumesDeps, { id, config }: Container): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const names = new Set(config.mounts.flatMap(({ type, volume }) => (type === 'volume' && volume ? [volume] : [])));
  // A claim that stays ends by itself.
  const release = (): Promise<void> => volumes.release(id).catch((error: unknown) => log.warn({ error, id }, 'volumes stay claimed for now'));
  if (names.size > 0) stack.defer(release);
  const claims = await Promise.allSettled([...names].map((name) => volumes.claim(name, id)));
  const failed = claims.find((claim) => claim.status === 'rejected');
  if (failed) throw failed.reason;
  return stack.move();
}
