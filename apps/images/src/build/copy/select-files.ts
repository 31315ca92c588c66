import type { TreeSource } from './copy-source.ts';
import type { Verdict } from './file-filter.ts';
import type { SourceFile } from './source-tree.ts';

/** A file to copy, while the walk stands at it. */
export interface SelectedFile {
  readonly file: SourceFile;
  /** A directory that is there only for the sake of what is below it. */
  readonly isImplied: boolean;
}

/**
 * The files below a directory that a filter keeps, directories first. One that
 * is not kept itself comes before the first file below it that is.
 */
export function* selectFiles({ tree, name: directory, filter }: TreeSource): Generator<SelectedFile, void, undefined> {
  let passed: SourceFile[] = [];
  let verdict: Verdict = 'keep';
  // Asked about each file right before the walk comes to it.
  const leaveOut = (_base: string, name: string): boolean => (verdict = filter.judge(name)) === 'leave';
  for (const file of tree.walk(directory, leaveOut)) {
    passed = passed.filter(({ entry }) => file.entry.name.startsWith(`${entry.name}/`));
    if (verdict === 'keep') {
      for (const above of passed) yield { file: above, isImplied: true };
      passed = [];
      yield { file, isImplied: false };
    } else if (file.entry.type === '5') passed.push(file);
  }
}
