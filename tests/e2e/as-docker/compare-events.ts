import { usually } from '../long.ts';
import { eventDifferences, eventFilters, eventFormat, happenings } from './event-cases.ts';
import { wordsOf } from './script.ts';
import type { Side } from './side.ts';

/** Every so many filters are enough to notice that something is broken. */
const step = usually(38, 1);

/** Tests that what happens on both sides is told alike, whatever is asked for. */
export function compareEvents(sides: () => readonly [Side, Side]): void {
  let ranges: readonly (readonly string[])[];
  beforeAll(async () => void (ranges = await Promise.all(sides().map(live))));

  it.each(eventFilters.filter((_, index) => index % step === 0).map((filter) => [filter]))('%j', async (filter) => {
    const [theirs, ours] = await Promise.all(sides().map((side, index) => told(side, filter, ranges[index] ?? [])));
    expect(ours).toEqual(theirs);
  });
}

/** Does everything; resolves with the options for the time in which it was. */
async function live(side: Side): Promise<string[]> {
  const since = Date.now() / 1000;
  for (const text of happenings) {
    const { code, stderr } = await side.run(wordsOf(text));
    if (code !== 0 && !text.startsWith('exec')) throw new Error(`${text}: ${stderr}`);
  }
  return ['--since', String(since), '--until', String(Date.now() / 1000)];
}

/** Sorted: what happens to different objects at once has no order. */
async function told(side: Side, filter: readonly string[], range: readonly string[]): Promise<string[]> {
  const options = filter.flatMap((pair) => ['--filter', pair]);
  const { stdout, stderr, code } = await side.run(['events', ...options, ...range, '--format', eventFormat]);
  if (code !== 0) throw new Error(stderr);
  const lines = stdout.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !eventDifferences.ofHealthChecks.test(line));
  return lines.filter((line, index) => !eventDifferences.repeated.test(line) || lines.indexOf(line) === index).sort();
}
