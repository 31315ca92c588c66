import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from 'nats';

/** What the stream is to take. */
export interface OutgoingMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs;
}

/** The stream answers within this time, or not at all; milliseconds. */
const patience = 5_000;

/**
 * Gives messages to the stream at once and waits until it has taken them: their places in it, in the same order, or why
 * one was not taken. One subscription hears the answers to all of them; a request for each, as the library has it,
 * costs a timer and an error with its stack, whether it comes to that or not.
 */
export async function publishAll(connection: NatsConnection, messages: readonly OutgoingMessage[]): Promise<(number | Error)[]> {
  const inbox = createInbox();
  const answers: (number | Error)[] = messages.map(() => new Error('the event log does not answer'));
  const over = Promise.withResolvers<void>();
  let open = messages.length;
  const subscription = connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error) return over.reject(error);
      answers[Number(message.subject.slice(inbox.length + 1))] = answerOf(message);
      if (--open === 0) over.resolve();
    },
  });
  const timer = setTimeout(() => over.resolve(), patience);
  try {
    for (const [index, { subject, data, headers }] of messages.entries()) {
      connection.publish(subject, data, { headers, reply: `${inbox}.${index}` });
    }
    await over.promise;
  } finally {
    clearTimeout(timer);
    subscription.unsubscribe();
  }
  return answers;
}

/** The place of a message in the stream, or why it has none. */
function answerOf(message: Msg): number | Error {
  if (message.headers?.code) return new Error(`the event log is not there: ${message.headers.code} ${message.headers.description}`);
  const { seq, error } = message.json<{ seq?: number; error?: { code: number; description: string } }>();
  if (error || seq === undefined) return new Error(`the event log refuses an event: ${error?.code} ${error?.description}`);
  return seq;
}
