import { readBlock } from './blocks.ts';
import { splitTemplate } from './tokens.ts';

/** Renders one value. */
export type Template = (value: unknown) => string;

/**
 * The part of Go's templates that people use on command lines: `{{.Field.Sub}}`,
 * `{{json .}}`, `{{range .List}}…{{end}}`, `{{if eq .A "b"}}…{{else}}…{{end}}`,
 * `{{with .A}}…{{end}}`, `{{$x := .A}}`, `{{(index .List 0).Field}}`,
 * `{{.A | lower}}`, and the trimming `{{-` and `-}}`. Throws TemplateError.
 * https://pkg.go.dev/text/template
 */
export function parseTemplate(source: string): Template {
  const { body } = readBlock(splitTemplate(source.replaceAll('\\t', '\t').replaceAll('\\n', '\n')));
  return (value) => body({ dot: value, variables: new Map([['$', value]]) });
}
