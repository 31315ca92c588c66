import { type TreeFile, walkTree } from '@arcbox/tar';
import type { FileFilter, Verdict } from './file-filter.ts';

/** A file to copy, while the walk stands at it. */
export interface SelectedFile {
  readonly file: TreeFile;
  /** A directory that is there only for the sake of what is below it. */
  readonly isImplied: boolean;
}

/**
 * The files below a directory that a filter keeps, directories first. One that
 * is not kept itself comes before the first file below it that is.
 */
export function* selectFiles(
  directory: string | Buffer,
  filter: FileFilter,
): Generator<SelectedFile, void, undefined> {
  let passed: TreeFile[] = [];
  let verdict: Verdict = 'keep';
  // Asked about each file right before the walk comes to it.
  const leaveOut = (_base: string, name: string): boolean => (verdict = filter.judge(name)) === 'leave';
  for (const file of walkTree(directory, { leaveOut })) {
    if (file.name === '') continue;
    passed = passed.filter(({ name }) => file.name.startsWith(`${name}/`));
    if (verdict === 'keep') {
      for (const above of passed) yield { file: above, isImplied: true };
      passed = [];
      yield { file, isImplied: false };
    } else if (file.stat.isDirectory()) passed.push(file);
  }
}
