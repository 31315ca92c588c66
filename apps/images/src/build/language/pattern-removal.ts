import { findMatch, parsePattern } from './pattern.ts';

/** `${value#pattern}`; `##` takes the longest match. */
export function removePrefix(value: string, pattern: string, longest: boolean): string {
  const characters = [...value];
  const match = findMatch(parsePattern(pattern), characters, { anchored: true, shortest: !longest });
  return match === undefined ? value : characters.slice(match.end).join('');
}

/** `${value%pattern}`; `%%` takes the longest match. */
export function removeSuffix(value: string, pattern: string, longest: boolean): string {
  const characters = [...value].reverse();
  const match = findMatch(parsePattern(pattern).reverse(), characters, { anchored: true, shortest: !longest });
  return match === undefined ? value : characters.slice(match.end).reverse().join('');
}

/** `${value/pattern/replacement}`; `//` replaces all matches. */
export function replaceMatches(value: string, pattern: string, replacement: string, all: boolean): string {
  const parts = parsePattern(pattern);
  const characters = [...value];
  const pieces: string[] = [];
  let from = 0;
  for (;;) {
    const match = findMatch(parts, characters, { from });
    if (match === undefined) break;
    pieces.push(characters.slice(from, match.start).join(''), replacement);
    const isEmpty = match.end === match.start;
    if (isEmpty) pieces.push(characters[match.end] ?? '');
    from = isEmpty ? match.end + 1 : match.end;
    if (!all || from >= characters.length) break;
  }
  return pieces.join('') + characters.slice(from).join('');
}
