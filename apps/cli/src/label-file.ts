import { readLines } from './line-file.ts';
import { collectPair } from './option-values.ts';

/** Labels from files of `key=value` lines; what comes later wins. */
export function readLabels(paths: readonly string[]): Record<string, string> {
  return paths
    .flatMap((path) => readLines(path))
    .reduce<Record<string, string>>((labels, line) => collectPair(line, labels), {});
}
