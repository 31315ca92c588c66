import { currentCause } from '@arcbox/request';
import type { Containers } from '../record/containers.ts';

/** Notes that somebody wants the container to end, and who: its restart policy then lets it. */
export function wantStop(containers: Containers, id: string): void {
  const stoppedFor = currentCause();
  containers.transition(id, ({ status }) => {
    const isNoted = status.stopWanted && status.stoppedFor?.requestId === stoppedFor?.requestId;
    return isNoted ? undefined : { status: { ...status, stopWanted: true, stoppedFor } };
  });
}

/** A container that waits for its restart stays as it is. */
export function giveUpRestart(containers: Containers, id: string): void {
  containers.transition(id, ({ status }) =>
    status.state === 'restarting' ? { status: { ...status, state: 'exited', retry: undefined, stopWanted: true } } : undefined,
  );
}

/** The policy of a container that waits for its restart does not want it any more. */
export function letRest(containers: Containers, id: string): void {
  containers.transition(id, ({ status }) =>
    status.state === 'restarting' ? { status: { ...status, state: 'exited', retry: undefined } } : undefined,
  );
}
