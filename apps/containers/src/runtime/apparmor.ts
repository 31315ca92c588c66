import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { failedPrecondition } from '@arcbox/errors';
import { defaultProfile, profileText } from '../spec/apparmor-profile.ts';
import { findProgram } from './programs.ts';

const run = promisify(execFile);

/** Milliseconds; only ends what hangs. */
const deadline = 20_000;

/**
 * Sees to it that the kernel has a profile: the default one is loaded where it is
 * not. FAILED_PRECONDITION for another that nobody has loaded. `sys` is where sysfs is.
 */
export async function requireProfile(name: string, sys = '/sys'): Promise<void> {
  if (loadedProfiles(sys).has(name)) return;
  if (name !== defaultProfile) throw failedPrecondition(`AppArmor profile ${name} is not loaded on this host`);
  const loading = run(findProgram('apparmor_parser'), ['--replace', '--skip-cache'], { timeout: deadline });
  // One that does not read has failed, and says why.
  loading.child.stdin?.on('error', () => {}).end(profileText);
  try {
    await loading;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw failedPrecondition(`AppArmor profile ${name} cannot be loaded: ${stderr.trim()}`, error);
  }
}

/** A line each: `name (enforce)`. */
function loadedProfiles(sys: string): Set<string> {
  const text = readFileSync(`${sys}/kernel/security/apparmor/profiles`, 'utf8');
  return new Set(text.split('\n').map((line) => line.replace(/ \(\w+\)$/, '')));
}
