import { messageOf } from '@arcbox/errors';
import { Exit, exitCodes } from '../exit.ts';
import { isFailure, toEngineError } from '../failure.ts';
import { toJson } from '../json-text.ts';
import { complain, print } from '../output.ts';
import { parseTemplate } from '../template/template.ts';

/**
 * Prints what was found as one JSON array, or each through a template; then
 * says what was not found, and fails if there is anything of that.
 */
export async function printInspected(
  names: readonly string[],
  format: string | undefined,
  find: (name: string) => Promise<object>,
): Promise<void> {
  const template = format && format !== 'json' ? parseTemplate(format) : undefined;
  const results = await Promise.allSettled(names.map(find));
  const found = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  const broken = failures.find((error) => isFailure(error, 'unavailable'));
  if (broken) throw broken;
  if (template) for (const object of found) await print(template(object));
  else await print(toJson(found, format === 'json' ? undefined : 4));
  for (const error of failures) complain(messageOf(toEngineError(error)));
  if (failures.length > 0) throw new Exit(exitCodes.failed);
}
