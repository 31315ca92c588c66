import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Container } from './container.ts';
import { findProgram } from './runtime/programs.ts';

const run = promisify(execFile);

/** Walking a layer of many files takes its time; milliseconds. */
const patience = 60_000;

/** Bytes that a container has written: its upper directory. */
export async function sizeOf({ config }: Container): Promise<{ rw: number }> {
  const upper = config.root
    .flatMap(({ options }) => options)
    .find((option) => option.startsWith('upperdir='))
    ?.slice('upperdir='.length);
  if (upper === undefined) return { rw: 0 };
  try {
    const { stdout } = await run(findProgram('du'), ['-sxB1', '--apparent-size', '--', upper], { timeout: patience });
    return { rw: Math.max(0, Number.parseInt(stdout, 10) - emptyDirectory) };
  } catch {
    // Gone while we looked, or not to be read: a list must not fail for that.
    return { rw: 0 };
  }
}

/** Walks of the disk that run at a time. */
const atOnce = 4;

/** The same of many, in their order. */
export async function sizesOf(containers: readonly Container[]): Promise<{ rw: number }[]> {
  const sizes: { rw: number }[] = [];
  const left = containers.entries();
  const walk = async (): Promise<void> => {
    for (const [index, container] of left) sizes[index] = await sizeOf(container);
  };
  await Promise.all(Array.from({ length: atOnce }, walk));
  return sizes;
}

/** What du counts for the directory itself. */
const emptyDirectory = 4096;
