import { setTimeout as sleep } from 'node:timers/promises';

import { SetupStatus_Phase as Phase } from '@arcbox/proto/arcbox/v1/api';
import { ClientError } from 'nice-grpc';

import type { Gateway } from './gateway.ts';

const interval = 25;
const callDeadline = 2_000;

/**
 * Waits until the engine says that it is READY. Resolves with undefined, or with why it is not when it has FAILED or
 * when `patience` ms are over.
 */
export async function waitUntilReady(gateway: Gateway, patience: number, signal: AbortSignal): Promise<string | undefined> {
  let seen = 'the gateway does not answer';
  for (const end = Date.now() + patience; Date.now() < end; ) {
    try {
      const status = await gateway.system.getSetupStatus({}, { deadline: new Date(Date.now() + callDeadline), signal });
      if (status.phase === Phase.READY) return undefined;
      seen = status.error || `the engine stays ${Phase[status.phase] ?? status.phase}: ${status.message}`;
      if (status.phase === Phase.FAILED) return seen;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ClientError)) throw error;
      // grpc-js tells how it tried to connect; what matters is that nobody is there.
      seen = error.details.startsWith('No connection established') ? 'the gateway does not answer' : error.details;
    }
    await sleep(interval, undefined, { signal });
  }
  return seen;
}
