import { invalidArgument } from '@arcbox/errors';
import { readLines } from './line-file.ts';

/**
 * The environment of a container from `-e` and `--env-file`. `NAME` alone takes
 * the value from our own environment and is left out when it has none; `-e`
 * wins over files, what comes later over what came before.
 */
export function readEnvironment(
  options: { env?: readonly string[]; envFile?: readonly string[] },
  variable: (name: string) => string | undefined,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const entry of [...(options.envFile ?? []).flatMap(readLines), ...(options.env ?? [])]) {
    const at = entry.indexOf('=');
    const name = at < 0 ? entry : entry.slice(0, at);
    if (!name) throw invalidArgument(`cannot read environment ${entry}: write NAME=value`);
    const value = at < 0 ? variable(name) : entry.slice(at + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}
