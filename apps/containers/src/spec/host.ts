import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { capabilities } from './defaults.ts';

/** What this host can give a container. */
export interface HostAbilities {
  readonly kernel: string;
  /** cgroups in one unified hierarchy (v2); else v1 or hybrid. */
  readonly unified: boolean;
  /** Default capabilities that the engine itself has and can pass on. */
  readonly capabilities: readonly string[];
  /** Default capabilities that it lacks. */
  readonly lacking: readonly string[];
  readonly swapAccounting: boolean;
}

/** statfs(2): CGROUP2_SUPER_MAGIC */
const cgroup2Magic = 0x63677270;

/** Bit of each default capability: linux/capability.h. */
const bits: { readonly [name: string]: number } = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_SETPCAP: 8,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_RAW: 13,
  CAP_SYS_CHROOT: 18,
  CAP_MKNOD: 27,
  CAP_AUDIT_WRITE: 29,
  CAP_SETFCAP: 31,
};

export function probeHost(): HostAbilities {
  const mask = BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  const has = (name: string): boolean => ((mask >> BigInt(bits[name] ?? 63)) & 1n) === 1n;
  const unified = isUnified();
  return {
    kernel: release(),
    unified,
    capabilities: capabilities.filter(has),
    lacking: capabilities.filter((name) => !has(name)),
    swapAccounting: existsSync(unified ? '/proc/swaps' : '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes'),
  };
}

function isUnified(): boolean {
  try {
    return Number(statfsSync('/sys/fs/cgroup').type) === cgroup2Magic;
  } catch {
    return false;
  }
}
