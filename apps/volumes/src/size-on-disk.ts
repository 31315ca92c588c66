import { runProgram } from '@arcbox/linux';

/** Counting the largest volume may take this long, in milliseconds. */
const patience = 10 * 60_000;

/** Bytes of disk of a tree on one file system, by du(1), which walks a million files without keeping anybody waiting here. */
export async function sizeOnDisk(path: string, signal: AbortSignal): Promise<number> {
  const args = ['-s', '-x', '--block-size=1', '--', path];
  try {
    return parseInt(await runProgram('du', args, { signal, patience }), 10);
  } catch (error) {
    // Files that vanish while it counts make it fail after it has printed the sum.
    const sum = parseInt((error as { stdout?: string }).stdout ?? '', 10);
    if (Number.isNaN(sum)) throw error;
    return sum;
  }
}
