import { findProgram } from '@arcbox/diagnosis';
import { failedPrecondition } from '@arcbox/errors';

/** Says FAILED_PRECONDITION what this host lacks for networks of containers. */
export function requireCapabilities(): void {
  if (process.getuid?.() !== 0) throw failedPrecondition('networks need root: the networks worker runs without it');
  const missing = ['ip', 'nft', 'nsenter'].filter((program) => !findProgram(program));
  if (missing.length > 0) throw failedPrecondition(`networks need programs that are not installed: ${missing.join(', ')}`);
}
