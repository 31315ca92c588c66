import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';

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
  for (const entry of [...(options.envFile ?? []).flatMap(readEnvFile), ...(options.env ?? [])]) {
    const at = entry.indexOf('=');
    const name = at < 0 ? entry : entry.slice(0, at);
    if (!name) throw invalidArgument(`cannot read environment ${entry}: write NAME=value`);
    const value = at < 0 ? variable(name) : entry.slice(at + 1);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Lines of an environment file, without empty ones and those that begin with #. */
function readEnvFile(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidArgument(`cannot read environment file ${path}`, error);
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
