import { CommanderError } from 'commander';
import { endpointOf, type GlobalOptions } from './engine.ts';
import { Exit, exitCodes } from './exit.ts';
import { describeFailure } from './failure.ts';
import { complain, flush } from './output.ts';
import { buildProgram, commandIn } from './program.ts';

// Whoever reads us may leave before the end (`arcbox logs x | head`), as with any other program.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? exitCodes.brokenPipe : 1),
);
process.stderr.on('error', () => {});

const [first, ...others] = process.argv.slice(2);
// `arcbox help run` is `arcbox run --help`.
const args = first === 'help' ? [...others, '--help'] : process.argv.slice(2);
process.exitCode = await main(args);
await flush(process.stdout);
await flush(process.stderr);
// Standard input may still be open, and nobody waits for it.
process.exit();

/** Runs one command line; resolves with the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let options: GlobalOptions = {};
  try {
    const named = commandIn(args);
    const program = await buildProgram(named === undefined ? [] : [named]);
    program.hook('preAction', () => void (options = program.opts()));
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return codeOf(error);
    const cause = error instanceof Exit && error.cause !== undefined ? error.cause : error;
    const message = await describeFailure(cause, () => endpointOf(options));
    if (message) complain(message);
    return error instanceof Exit ? error.code : exitCodes.failed;
  }
}

/** As docker: 1 for words too few, too many or unknown, 125 for options. */
function codeOf({ code, exitCode }: CommanderError): number {
  if (exitCode === 0) return 0;
  return /\.(missingArgument|excessArguments|unknownCommand)$/.test(code) ? exitCodes.failed : exitCodes.engine;
}
