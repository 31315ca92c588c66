import { TemplateError } from './template-error.ts';

/** A part of a template: what is printed as it is, or the words between `{{` and `}}`. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly source: string; readonly words: readonly string[] };

const actionPattern =
  /\{\{(?<trimLeft>- )?(?<action>(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)(?<trimRight> -)?\}\}/;

/** Takes a template apart. */
export function splitTemplate(source: string): Part[] {
  const parts: Part[] = [];
  let rest = source;
  let trim = false;
  for (;;) {
    const match = actionPattern.exec(rest);
    if (!match?.groups) break;
    let text = rest.slice(0, match.index);
    if (trim) text = text.trimStart();
    if (match.groups['trimLeft']) text = text.trimEnd();
    const action = match.groups['action'] ?? '';
    parts.push({ kind: 'text', text });
    if (!/^\s*\/\*.*\*\/\s*$/s.test(action)) parts.push({ kind: 'action', source: action, words: splitWords(action) });
    trim = Boolean(match.groups['trimRight']);
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest.includes('{{')) throw new TemplateError(`template: unclosed action: ${rest.slice(rest.indexOf('{{'))}`);
  return [...parts, { kind: 'text', text: trim ? rest.trimStart() : rest }];
}

/** Words of an action: strings, fields with all that follows them, numbers, names, and `( ) | := = ,`. */
function splitWords(action: string): string[] {
  const pattern = /"(?:[^"\\]|\\.)*"|`[^`]*`|:=|[()|=,]|[^\s"`()|=,:]+|:|["`]/g;
  const words: string[] = [];
  for (const match of action.matchAll(pattern)) {
    // `(index .A 0).B`: a field of what is in the brackets, not an operand by itself.
    const afterBracket = words.at(-1) === ')' && match[0].startsWith('.') && action[match.index - 1] === ')';
    if (afterBracket) words[words.length - 1] = `)${match[0]}`;
    else words.push(match[0]);
  }
  return words;
}
