/** The fields of a line of comma separated values, RFC 4180: a quoted field may hold commas. Undefined when it is none. */
export function splitCsv(line: string): string[] | undefined {
  const field = /(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^",]*))(?<end>,|$)/y;
  const fields: string[] = [];
  for (;;) {
    const groups = field.exec(line)?.groups;
    if (!groups) return undefined;
    fields.push(groups['quoted']?.replaceAll('""', '"') ?? groups['plain'] ?? '');
    if (groups['end'] === '') return fields;
  }
}

/** Fields of `key=value`, in order; a key alone has no value. Undefined when it is no such line. */
export function splitPairs(line: string): [key: string, value: string | undefined][] | undefined {
  return splitCsv(line)?.map((field) => {
    const at = field.indexOf('=');
    return at < 0 ? [field.toLowerCase(), undefined] : [field.slice(0, at).toLowerCase(), field.slice(at + 1)];
  });
}
