import type { WatchStatsResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import { printable } from '../printable.ts';
import type { Usage } from './usage.ts';

/** Milliseconds between two pictures. */
const pace = 1_000;

/** A container of which nothing has come for so many milliseconds has ended. */
const lifetime = 3_500;

/** Shows the latest samples again and again, until they end: in place on a terminal, else one picture below the other. */
export async function showLive(
  samples: AsyncIterable<WatchStatsResponse>,
  picture: (usages: readonly Usage[]) => string,
): Promise<void> {
  const latest = new Map<string, Usage & { readonly at: number }>();
  const draw = (): void => {
    for (const [id, { at }] of latest) if (performance.now() - at > lifetime) latest.delete(id);
    const usages = [...latest.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const text = printable(picture(usages));
    process.stdout.write(process.stdout.isTTY ? inPlace(text, process.stdout.rows) : text);
  };
  let timer: NodeJS.Timeout | undefined;
  try {
    for await (const { id, name, stats } of samples) {
      if (stats) latest.set(id, { id, name, before: latest.get(id)?.now, now: stats, at: performance.now() });
      if (timer) continue;
      timer = setInterval(draw, pace);
      // The first picture waits a moment for the other containers.
      setTimeout(draw, 100);
    }
  } finally {
    clearInterval(timer);
  }
}

/** From the top of the screen; what an older picture left there goes. */
export function inPlace(text: string, rows: number): string {
  const lines = text.split('\n').slice(0, Math.max(1, rows - 1));
  return `\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`;
}
