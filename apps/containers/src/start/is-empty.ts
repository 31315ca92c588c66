import { unavailable } from '@arcbox/errors';
import { ProgramHangs, runProgram } from '@arcbox/linux';

/** A server that does not answer by then is given up; milliseconds. */
const patience = 10_000;

/** Whether a directory holds nothing; a volume may be of a server that does not answer. UNAVAILABLE then. */
export async function isEmpty(directory: string, milliseconds = patience): Promise<boolean> {
  try {
    const args = [directory, '-mindepth', '1', '-maxdepth', '1', '-print', '-quit'];
    return (await runProgram('find', args, { patience: milliseconds })) === '';
  } catch (error) {
    throw error instanceof ProgramHangs ? unavailable(`${directory} does not answer`, error) : error;
  }
}
