import { functionOf } from './functions.ts';
import { TemplateError } from './template-error.ts';
import { fieldOf } from './value.ts';

/** What names stand for at one place of a template. */
export interface Scope {
  readonly dot: unknown;
  /** By name, `$` included; `$` alone is what the template is applied to. */
  readonly variables: Map<string, unknown>;
}

export type Expression = (scope: Scope) => unknown;

/** `.A.B`, `index .List 0 | json`, `(index .Ports "80/tcp") 0`: the words of a pipeline. */
export function parsePipeline(words: readonly string[], source: string): Expression {
  const reader = new WordReader(words);
  const expression = readPipeline(reader, source);
  if (reader.next !== undefined) throw new TemplateError(`template: cannot read ${reader.next}`);
  return expression;
}

class WordReader {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get next(): string | undefined {
    return this.#words[this.#at];
  }

  take(): string {
    return this.#words[this.#at++] ?? '';
  }
}

/** Up to the end, or the bracket that closes. */
function readPipeline(reader: WordReader, source: string): Expression {
  let result = readCommand(reader, undefined, source);
  while (reader.next === '|') {
    reader.take();
    result = readCommand(reader, result, source);
  }
  return result;
}

/** One command of a pipeline; what comes through the pipe is its last argument. */
function readCommand(reader: WordReader, piped: Expression | undefined, source: string): Expression {
  const head = reader.next;
  if (head === undefined || head === '|' || head.startsWith(')')) {
    throw new TemplateError(`template: missing value in {{${source}}}`);
  }
  const isCall = /^[a-z]/i.test(head) && !['true', 'false', 'nil'].includes(head);
  const operand = isCall ? undefined : readOperand(reader, source);
  const called = isCall ? functionOf(reader.take()) : undefined;
  const parameters: Expression[] = [];
  while (reader.next !== undefined && reader.next !== '|' && !reader.next.startsWith(')')) {
    parameters.push(readOperand(reader, source));
  }
  if (piped) parameters.push(piped);
  const values = (scope: Scope): unknown[] => parameters.map((parameter) => parameter(scope));
  if (called) return (scope) => called(...values(scope));
  return (scope) => {
    const value = operand?.(scope);
    // A field that takes arguments is called with them: `{{.Label "key"}}`.
    if (typeof value === 'function') return value(...values(scope)) as unknown;
    if (parameters.length > 0) throw new TemplateError(`template: ${head} takes no arguments`);
    return value;
  };
}

function readOperand(reader: WordReader, source: string): Expression {
  const word = reader.take();
  if (word !== '(') return parseOperand(word);
  const inner = readPipeline(reader, source);
  const end = reader.take();
  if (!end.startsWith(')')) throw new TemplateError(`template: unclosed bracket in {{${source}}}`);
  return withFields(inner, end.slice(1));
}

function parseOperand(word: string): Expression {
  if (/^".*"$/s.test(word)) {
    const text = unquote(word);
    return () => text;
  }
  if (/^`.*`$/s.test(word)) return () => word.slice(1, -1);
  if (/^-?\d+(\.\d+)?$/.test(word)) return () => Number(word);
  if (word === 'true' || word === 'false') return () => word === 'true';
  if (word === 'nil') return () => undefined;
  if (word === '.') return ({ dot }) => dot;
  const [, variable, fields = ''] = /^(\$\w*)?((?:\.\w+)*)$/.exec(word) ?? [];
  if (variable === undefined && fields === '') throw new TemplateError(`template: cannot read ${word}`);
  if (variable === undefined) return withFields(({ dot }) => dot, fields);
  return withFields(({ variables }) => {
    if (!variables.has(variable)) throw new TemplateError(`template: cannot read ${variable}`);
    return variables.get(variable);
  }, fields);
}

function withFields(expression: Expression, fields: string): Expression {
  const path = fields.split('.').slice(1);
  return (scope) => path.reduce((value, name) => fieldOf(value, name), expression(scope));
}

function unquote(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    throw new TemplateError(`template: cannot read ${word}`);
  }
}
