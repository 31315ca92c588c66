import { fromRpcError } from '@arcbox/rpc';

/** Bytes of a message at most; one of gRPC may have 4 MiB. */
const largest = 1024 * 1024;

/** What the messages of a stream carry. */
export async function* pieces(messages: AsyncIterator<{ data: Buffer }>): AsyncGenerator<Buffer, void, undefined> {
  try {
    for (let next; !(next = await messages.next()).done;) yield next.value.data;
  } catch (error) {
    throw fromRpcError(error);
  } finally {
    await messages.return?.();
  }
}

/** An archive as the messages that carry it: what the first says beside, then bytes, then its end. */
export async function* uploadOf<First extends object>(
  first: First,
  archive: AsyncIterable<Buffer>,
): AsyncGenerator<First | { data: Buffer } | { eof: true }, void, undefined> {
  yield first;
  for await (const chunk of archive) {
    for (let at = 0; at < chunk.length; at += largest) yield { data: chunk.subarray(at, at + largest) };
  }
  yield { eof: true };
}
