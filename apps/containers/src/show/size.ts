import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { eachInParallel } from '@arcbox/stream';
import type { Container } from '../record/container.ts';
import { findProgram } from '../runtime/programs.ts';

const run = promisify(execFile);

/** Walking a layer of many files takes its time; milliseconds. */
const patience = 60_000;

/** Bytes that a container has written: its upper directory. */
export async function sizeOf({ config }: Container): Promise<{ rw: number }> {
  const upper = upperOf(config);
  if (upper === undefined) return { rw: 0 };
  return { rw: Math.max(0, (await diskUsage(['--apparent-size', '--', upper])) - emptyDirectory) };
}

/**
 * Bytes of disk that come back when a container goes: what it has written, with
 * what overlayfs keeps beside it, its log and its files of the engine.
 */
export async function spaceOf({ config }: Container, home: string): Promise<number> {
  const upper = upperOf(config);
  return diskUsage(['--', home, ...(upper === undefined ? [] : [dirname(upper)])]);
}

function upperOf({ root }: Container['config']): string | undefined {
  const option = root.flatMap(({ options }) => options).find((text) => text.startsWith('upperdir='));
  return option?.slice('upperdir='.length);
}

/** Sum of what du(1) says; 0 for what is gone, or not to be read: no list fails for that. */
async function diskUsage(args: readonly string[]): Promise<number> {
  const { stdout } = await run(findProgram('du'), ['-sxB1', ...args], { timeout: patience }).catch((error: unknown) => ({
    stdout: (error as { stdout?: string }).stdout ?? '',
  }));
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.reduce((sum, line) => sum + Number.parseInt(line, 10), 0);
}

/** Walks of the disk that run at a time. */
const atOnce = 4;

/** What `measure` says of many, in their order. The first failure, or `signal`, ends the rest. */
export async function ofAll<Result>(
  containers: readonly Container[],
  measure: (container: Container, signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  await eachInParallel(containers.entries(), { limit: atOnce, signal }, async ([index, container], either) => {
    either.throwIfAborted();
    results[index] = await measure(container, either);
  });
  return results;
}

/** What du counts for the directory itself. */
const emptyDirectory = 4096;
