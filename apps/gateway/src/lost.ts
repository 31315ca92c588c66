import { constants } from 'node:http2';
import { statusOfKind } from '@arcbox/errors';
import type { Answer } from './answer.ts';

/** The worker, or the connection to it, broke before it had given an answer. */
export function wentAway(worker: string): Answer {
  return { code: statusOfKind('unavailable'), message: `the ${worker} worker went away during the call` };
}

/** The worker lives and has reset the call: what its reason means (gRPC over HTTP/2, "Errors"). */
export function lost(worker: string, code: number | undefined): Answer {
  switch (code) {
    case constants.NGHTTP2_REFUSED_STREAM:
      return { code: statusOfKind('unavailable'), message: `the ${worker} worker refused the call` };
    case constants.NGHTTP2_CANCEL:
      return { code: statusOfKind('cancelled'), message: `the ${worker} worker cancelled the call` };
    case constants.NGHTTP2_ENHANCE_YOUR_CALM:
      return { code: statusOfKind('resource-exhausted'), message: `the ${worker} worker has too much to do` };
    default:
      return { code: statusOfKind('internal'), message: `the ${worker} worker ended the call without a status` };
  }
}
