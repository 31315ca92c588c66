import { messageOf, unavailable } from '@arcbox/errors';
import type { DialRequest, HostServiceImplementation } from '@arcbox/proto/arcbox/engine/v1/host';
import type { CallFields } from '@arcbox/rpc';
import { dialSocket, sendAll } from './dial.ts';
import type { OwnPlaces } from './host-path.ts';
import { listenerOf } from './listener.ts';
import { openHostTree } from './read-tree.ts';

/** arcbox.engine.v1.HostService */
export function hostService(own: OwnPlaces): HostServiceImplementation<CallFields> {
  return {
    async *dial(requests, { signal }) {
      const input = requests[Symbol.asyncIterator]();
      const first = await input.next();
      const socket = await dialSocket(first.done ? '' : first.value.path, own, signal);
      const { uid, isHosts } = listenerOf(socket);
      const sending = sendAll(socket, bytesOf(input)).catch((error: unknown) => socket.destroy(error as Error));
      try {
        yield { listenerUid: uid, listenerIsHosts: isHosts };
        for await (const data of socket) yield { data: data as Buffer };
      } catch (error) {
        signal.throwIfAborted();
        throw unavailable(`the connection broke: ${messageOf(error)}`, error);
      } finally {
        socket.destroy();
        await sending;
      }
    },

    async *readTree({ path }, { signal }) {
      await using tree = await openHostTree(path, own, signal);
      yield { mode: tree.mode, modifiedNanos: tree.modified };
      for await (const data of tree.read(signal)) yield { data };
    },
  };
}

async function* bytesOf(rest: AsyncIterator<DialRequest>): AsyncGenerator<Buffer, void, undefined> {
  for (let next; !(next = await rest.next()).done;) yield next.value.data;
}
