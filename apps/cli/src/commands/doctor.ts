import type { Finding } from '@arcbox/diagnosis';
import { Command } from 'commander';
import { examine } from '../doctor/examine.ts';
import { formatReport } from '../doctor/report.ts';
import { endpointOf, type GlobalOptions, withEngine } from '../engine.ts';
import { Exit, exitCodes } from '../exit.ts';
import { formatHelp, withExamples } from '../help.ts';
import { type Fields, printListing } from '../listing.ts';
import { write } from '../output.ts';

export default function doctor(): Command {
  const command = new Command('doctor')
    .description(
      'Looks at the host and the engine, and says what to do about what is not as it should be. Changes nothing.\n' +
        'Works also when the engine does not run. The exit code is 1 when something is wrong.',
    )
    .option('--format <format>', formatHelp)
    .action(async ({ format }: { format?: string }, self: Command) => {
      const endpoint = endpointOf(self.optsWithGlobals<GlobalOptions>());
      const findings = await withEngine(self, (engine) => examine(engine, endpoint));
      if (format) await printListing(findings, { fields, columns: ['Area', 'Name', 'Severity', 'Message', 'Advice'], format });
      else await write(process.stdout, formatReport(findings));
      if (findings.some(({ severity }) => severity === 'error')) throw new Exit(exitCodes.failed);
    });
  return withExamples(command, [
    ['arcbox doctor', 'is all well?'],
    ['arcbox doctor --format json', 'the same for programs, a finding a line'],
  ]);
}

const fields: Fields<Finding> = {
  Area: { header: 'AREA', value: ({ area }) => area },
  Name: { header: 'NAME', value: ({ name }) => name },
  Severity: { header: 'SEVERITY', value: ({ severity }) => severity },
  Message: { header: 'MESSAGE', value: ({ message }) => message },
  Advice: { header: 'ADVICE', value: ({ advice }) => advice },
};
