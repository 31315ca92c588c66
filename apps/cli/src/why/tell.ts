import { formatTable, shortId } from '../table.ts';
import { formatTimeNano, formatTimeUtc } from '../time.ts';
import { tellContainer } from './container-tale.ts';
import type { Line, Story, Tale } from './fact.ts';
import { tellImage } from './image-tale.ts';
import { tellShared } from './shared-tale.ts';

/** A story in words; `now` in Unix milliseconds. */
export function tell(story: Story, now: number, nameOf: (container: string) => string): Tale {
  if (story.type === 'container') return tellContainer(story, now);
  return story.type === 'image' ? tellImage(story, now) : tellShared(story, now, nameOf);
}

/** For people: the sentence that answers, then when, what and why. */
export function formatTale({ type, id }: Story, { summary, lines }: Tale): string {
  const rows = lines.map((line) => [`  ${formatTimeNano(line.fact.timeNano).slice(0, 23).replace('T', ' ')}`, line.what, line.why]);
  return `${summary}\n\n  ${type} ${type === 'volume' ? id : shortId(id)}\n${formatTable(rows, 0).replace(/ +$/gm, '')}`;
}

/** For programs. */
export function taleToJson({ type, id, name }: Story, { summary, lines }: Tale): object {
  return { type, id, name, summary, events: lines.map(lineToJson) };
}

function lineToJson({ fact, what, why }: Line): object {
  const { timeNano, type, action, id, attributes, cause } = fact;
  return { time: formatTimeUtc(timeNano), type, action, id, what, why, attributes, ...(cause ? { cause } : {}) };
}
