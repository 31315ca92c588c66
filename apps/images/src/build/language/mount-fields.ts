import { invalidArgument } from '@arcbox/errors';
import type { Escape } from './instruction.ts';
import { readMountSpec } from './mount-spec.ts';

/** Splits the value of `--mount`, and checks what stands there without variables. */
export function readMountFields(text: string, escape: Escape): string[] {
  const fields = splitFields(text);
  for (const field of fields) {
    if (/^from=.*\$./i.test(field)) {
      throw invalidArgument("'from' doesn't support variable expansion, define alias stage instead");
    }
  }
  if (!text.includes('$')) readMountSpec(fields, () => undefined, escape);
  return fields;
}

/** Comma-separated; a field in double quotes may hold commas, and quotes as two of them. */
function splitFields(text: string): string[] {
  const fields: string[] = [];
  let rest = text;
  do {
    const [whole = '', quoted, plain = ''] = /^(?:"((?:[^"]|"")*)"|([^,"]*))(?=,|$)/.exec(rest) ?? [];
    if (whole === '' && rest !== '' && !rest.startsWith(',')) {
      throw invalidArgument(`failed to parse mount ${JSON.stringify(text)}: misplaced quote`);
    }
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    rest = rest.slice(whole.length);
    if (rest === '') return fields;
    rest = rest.slice(1);
  } while (true);
}
