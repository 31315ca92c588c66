/** Several processes as one: the lines of a name have to stand together, and what they are is said once. */
export function mergeExpositions(texts: readonly string[]): string {
  const families = new Map<string, { head: string[]; lines: string[] }>();
  for (const text of texts) {
    let present: { head: string[]; lines: string[] } | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const [, word, name = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? [];
      if (word === undefined) {
        present?.lines.push(line);
        continue;
      }
      if (!families.has(name)) families.set(name, { head: [], lines: [] });
      present = families.get(name);
      if (present && !present.head.some((known) => known.startsWith(`# ${word} `))) present.head.push(line);
    }
  }
  return [...families.values()].flatMap(({ head, lines }) => [...head, ...lines]).map((line) => `${line}\n`).join('');
}
