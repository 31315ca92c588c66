import { toJson } from './json-text.ts';
import { write } from './output.ts';
import { formatTable } from './table.ts';
import { parseTemplate } from './template/template.ts';

/** What a list can show of one item. Keys are the names that templates use. */
export type Fields<Item> = Readonly<Record<string, Field<Item>>>;

export interface Field<Item> {
  readonly header: string;
  /** A function is called with the arguments in the template: `{{.Label "key"}}`. */
  value(item: Item): string | ((argument: unknown) => string);
}

export interface ListingOptions<Item> {
  readonly fields: Fields<Item>;
  /** Fields of the plain table, in order. */
  readonly columns: readonly string[];
  /** `table`, `table TEMPLATE`, `json` or a template; empty means `table`. */
  readonly format?: string | undefined;
  /** The one field that is printed instead of the table. */
  readonly only?: string | undefined;
}

/** Prints items as a table, as JSON a line, or through a template. */
export async function printListing<Item>(items: readonly Item[], options: ListingOptions<Item>): Promise<void> {
  await write(process.stdout, formatListing(items, options));
}

export function formatListing<Item>(items: readonly Item[], options: ListingOptions<Item>): string {
  const { fields, columns, only } = options;
  const format = options.format || 'table';
  const rows = items.map((item) => rowOf(item, fields));
  if (format === 'json') return lines(rows.map((row) => toJson(row)));
  if (format === 'table') {
    if (only) return lines(rows.map((row) => String(row[only])));
    const headers = columns.map((name) => fields[name]?.header ?? name);
    return formatTable([headers, ...rows.map((row) => columns.map((name) => String(row[name])))]);
  }
  const asTable = /^table\s+/.exec(format);
  const template = parseTemplate(asTable ? format.slice(asTable[0].length) : format);
  if (!asTable) return lines(rows.map(template));
  return formatTable([headerRow(fields), ...rows.map(inOneCell)].map((row) => template(row).split('\t')));
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');

function rowOf<Item>(item: Item, fields: Fields<Item>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value(item)]));
}

/** A tab in a value is no column. */
function inOneCell(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.replaceAll('\t', ' ') : value]),
  );
}

/** Headers under the names of the fields; those with an argument are headed by the argument. */
function headerRow<Item>(fields: Fields<Item>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { header }]) => [
      name,
      header === '' ? (argument: unknown) => String(argument) : header,
    ]),
  );
}
