import { randomUUID } from 'node:crypto';
import { Event } from '@arcbox/proto/arcbox/v1/api';
import { eventually } from '@arcbox/testing';
import { connect, headers, type MsgHdrs, type NatsConnection } from 'nats';

/** Publishes numbered events as a relay would, on a connection of its own. */
export class Publisher implements AsyncDisposable {
  readonly #connection: NatsConnection;
  #next = 0;

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  static async open(url: string): Promise<Publisher> {
    return new Publisher(await connect({ servers: url.replace('nats://', ''), maxReconnectAttempts: -1, reconnectTimeWait: 50 }));
  }

  get published(): number {
    return this.#next;
  }

  /** Numbers go on from call to call, whatever the subject. */
  async publish(count: number, { subject = 'arcbox.events.v1.container.x', padding = '' } = {}): Promise<void> {
    // A publisher that was cut off, too, comes back in its own time.
    await eventually(() => this.#connection.rtt());
    const js = this.#connection.jetstream();
    for (let done = 0; done < count; ) {
      const batch = Math.min(500, count - done);
      const actor = { id: padding, attributes: {} };
      const events = Array.from({ length: batch }, () => {
        return Event.fromPartial({ type: 'container', action: String(this.#next), actor, timeNano: BigInt(++this.#next) });
      });
      // The first waits for a stream that is just being made.
      const [first, ...others] = events.map((event) => Event.encode(event).finish());
      if (first) await eventually(() => js.publish(subject, first, { headers: withId() }));
      await Promise.all(others.map((event) => js.publish(subject, event, { headers: withId() })));
      done += batch;
    }
  }

  manager(): ReturnType<NatsConnection['jetstreamManager']> {
    return this.#connection.jetstreamManager();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connection.close();
  }
}

function withId(): MsgHdrs {
  const result = headers();
  result.set('ce-id', randomUUID());
  return result;
}
