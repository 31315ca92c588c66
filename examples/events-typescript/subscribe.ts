import { AckPolicy, connect, DeliverPolicy, type JsMsg, type MsgHdrs } from 'nats';
import protobuf from 'protobufjs';

// Reads ArcBox's events from NATS, each at least once and in order, and prints a line of JSON for each. Started again with
// the same name it goes on where it ended: the server keeps the place.
//
//   node subscribe.ts nats://TOKEN@127.0.0.1:PORT NAME DIRECTORY-OF-PROTO-FILES [SUBJECT [COUNT]]

const [url = '', name = '', protos = '', subject = 'arcbox.events.v1.>', count = 'Infinity'] = process.argv.slice(2);
if (!url || !name || !protos) throw new Error('which server, which name, which directory of proto files?');

const root = new protobuf.Root();
root.resolvePath = (_, path) => `${protos}/${path}`;
const Event = (await root.load('arcbox/v1/api.proto')).lookupType('arcbox.v1.Event');

const { host, username } = new URL(url);
const connection = await connect({ servers: host, token: decodeURIComponent(username) || undefined });
const manager = await connection.jetstreamManager();
await manager.consumers.add('ARCBOX_EVENTS', {
  durable_name: name,
  filter_subject: subject,
  deliver_policy: DeliverPolicy.All,
  // One event is under way at a time: what is not acknowledged comes again, and nothing overtakes it.
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 1,
});

const consumer = await connection.jetstream().consumers.get('ARCBOX_EVENTS', name);
let left = Number(count);
for await (const message of await consumer.consume({ max_messages: 1 })) {
  console.log(JSON.stringify({ ...cloudEvent(message.headers), data: decode(message) }));
  // Waits until the server has noted it: from here on it does not come again.
  await message.ackAck();
  if (--left === 0) break;
}
await connection.close();

/** The attributes of CloudEvents: headers that begin with `ce-`. */
function cloudEvent(headers: MsgHdrs | undefined): Record<string, string> {
  const names = headers?.keys().filter((key) => key.startsWith('ce-')) ?? [];
  return Object.fromEntries(names.map((key) => [key.slice(3), headers?.get(key) ?? '']));
}

function decode(message: JsMsg): object {
  return Event.toObject(Event.decode(message.data), { longs: String, defaults: true });
}
