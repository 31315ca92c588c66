import { ClientError, Status } from 'nice-grpc-common';

/** A call of another worker ended without an answer, because its replica has gone. */
export class LostCall extends ClientError {
  /** It cannot have been made: there was no connection any more. */
  readonly isUnmade: boolean;

  constructor(path: string, worker: string, isUnmade: boolean) {
    super(path, Status.UNAVAILABLE, `the ${worker} worker went away during the call`);
    this.isUnmade = isUnmade;
  }
}
