import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { isOlder } from './compare-versions.ts';
import { type Finding, reporterOf } from './finding.ts';
import { findProgram } from './find-program.ts';
import { type NeededProgram, programs } from './programs.mjs';

/** A program that has not told its version by then does not; milliseconds. */
const deadline = 5_000;

const report = reporterOf('tools');

/** Looks for every program that the engine uses and asks for its version. `directories`: where, in their order. */
export async function checkTools(directories?: readonly string[], wanted = programs): Promise<Finding[]> {
  const findings: Finding[] = [];
  // One after the other: they are quick, and the host may be busy.
  for (const program of wanted) findings.push(await checkTool(program, directories));
  return findings;
}

async function checkTool(wanted: NeededProgram, directories: readonly string[] | undefined): Promise<Finding> {
  const { program, debian, needed, without, oldest } = wanted;
  const name = basename(program);
  const path = findProgram(program, directories);
  if (path === undefined) {
    const tell = needed === 'sometimes' ? report.warning : report.error;
    return tell(name, `${program} is missing: ${without}`, `install it: apt-get install ${debian}`);
  }
  if (!wanted.version) return report.ok(name, `${path} is there`);
  const { version, failure } = await versionOf(path, wanted.version);
  if (version === undefined && failure !== undefined) {
    return report.error(name, `${path} does not run: ${failure}`, `install it again: apt-get install --reinstall ${debian}`);
  }
  if (version !== undefined && oldest !== undefined && isOlder(version, oldest)) {
    return report.warning(name, `${path} is version ${version}, the engine is tried with ${oldest} and later`, 'install a later one');
  }
  return report.ok(name, version === undefined ? `${path} is there` : `${path}, version ${version}`);
}

/** Some tell their version with an exit code that is not 0, some tell it on stderr. */
function versionOf(path: string, args: readonly string[]): Promise<{ version?: string; failure?: string }> {
  return new Promise((resolve) => {
    const child = execFile(path, args, { timeout: deadline, env: { LC_ALL: 'C' } }, (error, stdout, stderr) => {
      const [, version] = /(?<![\d.])v?(\d+(?:\.\d+)+)/.exec(`${stdout}\n${stderr}`) ?? [];
      resolve({ version, failure: error ? (stderr.trim().split('\n')[0] ?? '') || error.message : undefined });
    });
    child.stdin?.end();
  });
}
