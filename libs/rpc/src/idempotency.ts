import { createHash } from 'node:crypto';
import { invalidArgument } from '@arcbox/errors';
import type { Store } from '@arcbox/store';
import type { CallContext, ServerMiddleware, ServerMiddlewareCall } from 'nice-grpc-common';
import type { KeyedCall } from './context.ts';

/** What the generated definitions offer for each method. */
interface Codec {
  readonly requestSerialize: (message: never) => Uint8Array;
  readonly responseSerialize: (message: never) => Uint8Array;
  readonly responseDeserialize: (bytes: Uint8Array) => unknown;
}

const longestKey = 256;

/**
 * Unary calls with `x-idempotency-key`: the first success is kept for 24 h in
 * the service's store and given again, by any replica, to whoever comes with
 * the same key and request. Calls with the same key at the same time take
 * turns. The same key with another request is refused. What must not be done
 * again though its worker dies before it has answered keeps its answer itself.
 */
export function idempotencyMiddleware(store: Store, codecs: ReadonlyMap<string, Codec>): ServerMiddleware {
  return (call, context) => {
    const key = context.metadata.get('x-idempotency-key');
    const codec = codecs.get(call.method.path);
    // Most calls: what stands between them and their answers costs each of them, and each message of a stream.
    if (!key || !codec || call.requestStream || call.responseStream) return call.next(call.request as never, context);
    return answerOnce(call, context, { store, key, codec });
  };
}

/** The answer that is known for the key, or from now on will be. */
async function* answerOnce<Request, Response>(
  call: ServerMiddlewareCall<Request, Response>,
  context: CallContext,
  { store, key, codec }: { store: Store; key: string; codec: Codec },
): AsyncGenerator<Response, Response | void, undefined> {
  if (key.length > longestKey) throw invalidArgument(`the idempotency key is longer than ${longestKey} characters`);
  const name = `${call.method.path} ${key}`;
  const request = createHash('sha256')
    .update(codec.requestSerialize(call.request as never))
    .digest('hex');
  using _lease = await store.leases.hold(`answer ${name}`, context.signal);
  const known = store.answers.get(name);
  if (known && known.request !== request) {
    throw invalidArgument(`idempotency key ${key} was used for another request`);
  }
  if (known) return codec.responseDeserialize(known.response) as never;
  let isKept = false;
  const keep = (response: unknown): void => {
    store.answers.put(name, request, codec.responseSerialize(response as never));
    isKept = true;
  };
  const keyed: KeyedCall = { key: name, keep };
  const response = yield* call.next(call.request as never, Object.assign(Object.create(context) as CallContext, { keyed }));
  if (!isKept) keep(response);
  return response;
}
