import { unavailable } from '@arcbox/errors';
import { ProgramHangs, runProgram } from '@arcbox/linux';
import type { MountUse } from '../record/config.ts';

/** A server that does not answer by then is given up; milliseconds. */
const patience = 10_000;

/** What a run, or whoever opens the files of a container, takes from the host to mount it. */
export const sourcesOf = (mounts: readonly MountUse[], ...types: readonly MountUse['type'][]): string[] => [
  ...new Set(mounts.flatMap(({ type, source }) => (types.includes(type) && source !== '' ? [source] : []))),
];

/**
 * Those of some paths of the host that are not there. They may be of a server that
 * does not answer, and the kernel keeps who asks waiting, perhaps beyond SIGKILL:
 * another process does. UNAVAILABLE then.
 */
export async function missingOf(paths: readonly string[], signal?: AbortSignal, milliseconds = patience): Promise<string[]> {
  if (paths.length === 0) return [];
  const found = await ask('find', [...paths, '-maxdepth', '0', '-printf', '%Y%p\\0'], paths, { signal, milliseconds });
  // The first letter is the kind of what a link leads to: N and L are nothing.
  const present = found.split('\0').flatMap((entry) => (/^[NL?]/.test(entry) ? [] : [entry.slice(1)]));
  return paths.filter((path) => !present.includes(path));
}

/** Makes directories, with those above them. */
export async function makeDirectories(paths: readonly string[], signal?: AbortSignal): Promise<void> {
  if (paths.length > 0) await runPatiently('mkdir', ['-p', '--', ...paths], paths, { signal, milliseconds: patience });
}

/** What it printed, also when it complains of what is not there. */
async function ask(...args: Parameters<typeof runPatiently>): Promise<string> {
  try {
    return await runPatiently(...args);
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout;
    throw error;
  }
}

async function runPatiently(
  program: string,
  args: readonly string[],
  paths: readonly string[],
  { signal, milliseconds }: { signal: AbortSignal | undefined; milliseconds: number },
): Promise<string> {
  try {
    return await runProgram(program, args, { patience: milliseconds, signal });
  } catch (error) {
    if (error instanceof ProgramHangs) throw unavailable(`mount source does not answer: ${paths.join(', ')}`, error);
    throw error;
  }
}
