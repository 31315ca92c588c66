import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Paths, pathsFor } from '@arcbox/config';
import { removeNetworkTraces } from './network-traces.ts';

export interface TemporaryRoot extends AsyncDisposable {
  readonly path: string;
  readonly paths: Paths;
}

/** A root of its own for one test; short, because socket paths below it must be. */
export function temporaryRoot(): TemporaryRoot {
  const path = mkdtempSync(join(tmpdir(), 'abx-'));
  // Unprivileged workers pass through, as below /var/lib and /run.
  chmodSync(path, 0o711);
  return {
    path,
    paths: pathsFor(path),
    async [Symbol.asyncDispose]() {
      removeNetworkTraces(pathsFor(path));
      rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}
