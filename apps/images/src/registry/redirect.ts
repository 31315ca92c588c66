import { unavailable } from '@arcbox/errors';
import { discard } from './body.ts';
import type { HttpAnswer } from './transport.ts';

const maxHops = 5;
const redirects = [301, 302, 303, 307, 308];

/** Goes where an answer sends us, until one does not; `name` and `what` are for messages. */
export async function followRedirects(
  first: HttpAnswer,
  from: URL,
  go: (place: URL) => Promise<HttpAnswer>,
  { name, what }: { name: string; what: string },
): Promise<HttpAnswer> {
  let answer = first;
  let place = from;
  for (let hop = 0; redirects.includes(answer.statusCode); hop++) {
    await discard(answer.body);
    const next = URL.parse(headerOf(answer, 'location') ?? '', place.href);
    if (hop === maxHops || !next || !/^https?:$/.test(next.protocol)) {
      throw unavailable(`registry ${name} redirects ${what} to nowhere`);
    }
    place = next;
    answer = await go(place);
  }
  return answer;
}

export function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
