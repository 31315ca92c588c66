import { randomFillSync } from 'node:crypto';

/** Where a call belongs: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** Version, trace id, id of the parent, flags; later versions may say more. */
const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longer ones may be dropped, says the recommendation; characters. */
const longestState = 512;

/** What came, as version 00; a new trace that nobody records when nothing came, or nonsense. */
export function traceContext(traceparent?: string, tracestate?: string): TraceContext {
  return parseTraceContext(traceparent, tracestate) ?? { traceparent: `00-${randomHex(16)}-${randomHex(8)}-00` };
}

/** What came, as version 00; undefined when that is nothing, or nonsense. */
export function parseTraceContext(traceparent?: string, tracestate?: string): TraceContext | undefined {
  const [, version, trace, parent, flags, more] = (traceparent && form.exec(traceparent)) || [];
  if (!version || (version === '00' && more !== undefined)) return undefined;
  const isKept = tracestate !== undefined && tracestate !== '' && tracestate.length <= longestState && /^[ -~]*$/.test(tracestate);
  return { traceparent: `00-${trace}-${parent}-${flags}`, ...(isKept ? { tracestate } : {}) };
}

/** The trace that a `traceparent` belongs to: 32 hexadecimal digits. */
export function traceIdOf(traceparent: string): string {
  return traceparent.slice(3, 35);
}

/** Random bytes are fetched for many calls at once: each fetch costs more than a call should. */
const pool = Buffer.alloc(6 * 1024);
let used = pool.length;

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool.toString('hex', used, (used += bytes));
}
