import { readFileSync } from 'node:fs';
import { cpus, machine, release, totalmem } from 'node:os';

/** What the host is, as far as it does not change while it runs. */
export interface HostFacts {
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string;
  /** As uname(1) says: `x86_64`, `aarch64`. */
  readonly machine: string;
  /** Bytes. */
  readonly memory: bigint;
  readonly cpus: number;
  readonly kernel: string;
}

export function readHostFacts(): HostFacts {
  return { os: readOsName(), machine: machine(), memory: BigInt(totalmem()), cpus: cpus().length, kernel: release() };
}

/** The names of os-release(5), in the order of precedence given there. */
function readOsName(): string {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseOsName(readFileSync(file, 'utf8'));
    } catch {
      continue;
    }
  }
  return 'Linux';
}

/** PRETTY_NAME of an os-release(5) file, or what that says stands for a missing one. */
export function parseOsName(text: string): string {
  const value = /^PRETTY_NAME=(.*)$/m.exec(text)?.[1]?.trim() ?? '';
  const unquoted = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
  return unquoted.replace(/\\(.)/g, '$1') || 'Linux';
}
