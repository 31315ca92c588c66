import { type CallOptions, ClientError, type ClientMiddleware, type ClientMiddlewareCall } from 'nice-grpc-common';
import { LostCall } from './lost-call.ts';
import { changesNothing } from './read-only.ts';
import { starting } from './starting.ts';

export interface RepeatOptions {
  /** The request changes nothing, though its method may. */
  readonly changesNothing?: boolean;
}

/** The same call at another replica; undefined when there is none that was not asked. */
export type Elsewhere = () => Promise<((request: unknown, options: CallOptions) => Promise<unknown>) | undefined>;

/**
 * For unary calls of other workers: what got no answer because its replica has
 * gone is asked of another one, when it changes nothing or cannot have been
 * asked at all, or the replica does not serve yet. `search` begins a search for others than the first.
 */
export function repeatElsewhere(worker: string, search: (path: string) => Elsewhere): ClientMiddleware<RepeatOptions> {
  return async function* <Request, Response>(call: ClientMiddlewareCall<Request, Response>, options: CallOptions & RepeatOptions) {
    const { changesNothing: isRead = changesNothing(call.method.path.split('/').at(-1) ?? ''), ...others } = options;
    if (call.requestStream || call.responseStream) return yield* call.next(call.request as Request, others);
    try {
      return yield* call.next(call.request, others);
    } catch (error) {
      return (await repeat(error)) as Response;
    }

    async function repeat(error: unknown): Promise<unknown> {
      const next = search(call.method.path);
      for (let lost = error; ; ) {
        const mayRepeat = lost instanceof LostCall ? isRead || lost.isUnmade : lost instanceof ClientError && lost.details === starting(worker);
        if (!mayRepeat || options.signal?.aborted) throw lost;
        const other = await next();
        if (!other) throw lost;
        try {
          return await other(call.request, others);
        } catch (again) {
          lost = again;
        }
      }
    }
  };
}
