import { randomInt } from 'node:crypto';
import { invalidArgument, resourceExhausted } from '@arcbox/errors';
import { adjectives, nouns } from './words.ts';

const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** The name without a leading slash. INVALID_ARGUMENT when it is none. */
export function validateName(given: string): string {
  const name = given.replace(/^\//, '');
  if (pattern.test(name) && name.length <= 255) return name;
  throw invalidArgument(`invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-]+ are allowed`);
}

/** A free adjective_noun, with a number when luck fails. */
export function generateName(isTaken: (name: string) => boolean): string {
  for (let attempt = 0; attempt < 100; attempt++) {
    const name = `${pick(adjectives)}_${pick(nouns)}${attempt < 5 ? '' : randomInt(10 ** Math.min(attempt - 3, 9))}`;
    if (!isTaken(name)) return name;
  }
  throw resourceExhausted('no free container name was found');
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? '';
}
