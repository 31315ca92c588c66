import { setTimeout as sleep } from 'node:timers/promises';
import { SystemServiceDefinition } from '@arcbox/proto/arcbox/engine/v1/system';
import type { Event } from '@arcbox/proto/arcbox/v1/api';
import { ClientError, Status } from 'nice-grpc-common';
import type { Engine } from '../engine.ts';

/** Before it comes back after a cut, in milliseconds. */
const pause = 50;

/** Follows the events from now on, and goes on after the last cursor that it has seen whenever it is cut off, or leaves by itself. */
export class Subscriber implements AsyncDisposable {
  readonly seen: Event[] = [];
  /** How often it came back. */
  returns = 0;
  readonly #abort = new AbortController();
  readonly #following: Promise<void>;
  #cursor = '';

  /** `since`: Unix nanoseconds. `stay` says after how many events it leaves. */
  constructor(engine: Engine, options: { since: bigint; filters: Record<string, string>; stay: () => number }) {
    this.#following = this.#follow(engine, options);
    this.#following.catch(() => {});
  }

  /** Rejects when something else than a cut has happened. */
  get following(): Promise<void> {
    return this.#following;
  }

  async #follow(engine: Engine, { since, filters, stay }: { since: bigint; filters: Record<string, string>; stay: () => number }): Promise<void> {
    const system = engine.client(SystemServiceDefinition);
    const { signal } = this.#abort;
    for (; !signal.aborted; this.returns++) {
      try {
        const place = this.#cursor ? { cursor: this.#cursor } : { since };
        let left = stay();
        for await (const { event, cursor, cut } of system.events({ ...place, filters }, { signal })) {
          if (cut) throw new Error(`the log is cut: ${cut.dropped} events are gone`);
          if (event) this.seen.push(event);
          if (cursor) this.#cursor = cursor;
          if (event && --left === 0) break;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ClientError) || error.code !== Status.UNAVAILABLE) throw error;
        await sleep(pause);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#following.catch(() => {});
  }
}
