import { type Expression, parsePipeline, type Scope } from './expression.ts';
import { TemplateError } from './template-error.ts';
import type { Part } from './tokens.ts';
import { entriesOf, formatValue, isTrue } from './value.ts';

/** Renders a piece of a template. */
export type Node = (scope: Scope) => string;

const keywords: readonly string[] = ['if', 'range', 'with', 'else', 'end'];

/** Reads parts up to the `{{end}}` or `{{else}}` that closes them; `parts` loses what was read. */
export function readBlock(parts: Part[], opening?: string): { body: Node; closing: readonly string[] } {
  const nodes: Node[] = [];
  const body: Node = (scope) => nodes.map((node) => node(scope)).join('');
  for (let part = parts.shift(); part; part = parts.shift()) {
    if (part.kind === 'text') {
      const { text } = part;
      nodes.push(() => text);
      continue;
    }
    const [keyword = '', ...rest] = part.words;
    if (!keywords.includes(keyword)) nodes.push(readAction(part.words, part.source));
    else if (keyword === 'end' || keyword === 'else') {
      if (opening === undefined) throw new TemplateError(`template: unexpected {{${part.source}}}`);
      return { body, closing: part.words };
    } else nodes.push(readControl(keyword, rest, part.source, parts));
  }
  if (opening !== undefined) throw new TemplateError(`template: {{${opening}}} has no {{end}}`);
  return { body, closing: [] };
}

/** A value that is printed, or `$name := value`, which prints nothing. */
function readAction(words: readonly string[], source: string): Node {
  const [name = '', sign] = words;
  if (!name.startsWith('$') || (sign !== ':=' && sign !== '=')) {
    const value = parsePipeline(words, source);
    return (scope) => formatValue(value(scope));
  }
  const value = parsePipeline(words.slice(2), source);
  return (scope) => {
    scope.variables.set(name, value(scope));
    return '';
  };
}

function readControl(keyword: string, words: readonly string[], source: string, parts: Part[]): Node {
  const { names, value } = readCondition(words, source);
  const { body, closing } = readBlock(parts, source.trim());
  const otherwise = readElse(closing, source, parts);
  if (keyword === 'range') return rangeOver(names, value, body, otherwise);
  return (scope) => {
    const found = value(scope);
    if (!isTrue(found)) return otherwise(scope);
    const variables = new Map([...scope.variables, ...names.map((name) => [name, found] as const)]);
    return body({ dot: keyword === 'with' ? found : scope.dot, variables });
  };
}

/** `{{else}}`, or `{{else if …}}`, whose end is the end of both. */
function readElse([keyword, next, ...words]: readonly string[], source: string, parts: Part[]): Node {
  if (keyword !== 'else') return () => '';
  if (next !== undefined) return readControl(next, words, source, parts);
  const { body, closing } = readBlock(parts, 'else');
  if (closing[0] !== 'end') throw new TemplateError('template: {{else}} follows {{else}}');
  return body;
}

/** `$key, $value := pipeline`, or a pipeline alone. */
function readCondition(words: readonly string[], source: string): { names: string[]; value: Expression } {
  const at = words.indexOf(':=');
  const names = words.slice(0, Math.max(0, at)).filter((word) => word !== ',');
  const wrong = names.find((name) => !/^\$\w+$/.test(name));
  if (wrong !== undefined) throw new TemplateError(`template: cannot read ${wrong}`);
  return { names, value: parsePipeline(words.slice(at + 1), source) };
}

function rangeOver(names: readonly string[], value: Expression, body: Node, otherwise: Node): Node {
  const [first, second] = names;
  return (scope) => {
    const entries = entriesOf(value(scope));
    if (entries.length === 0) return otherwise(scope);
    return entries
      .map(([key, item]) => {
        const variables = new Map(scope.variables);
        if (second !== undefined) variables.set(second, item);
        if (first !== undefined) variables.set(first, second === undefined ? item : key);
        return body({ dot: item, variables });
      })
      .join('');
  };
}
