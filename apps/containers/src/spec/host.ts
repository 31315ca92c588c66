import { existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { passableCapabilities } from './capabilities.ts';
import { capabilities } from './defaults.ts';
import { isBuiltWithout } from './kernel-build.ts';
import { hasAppArmor } from './security-modules.ts';

/** What this host can give a container. */
export interface HostAbilities {
  readonly kernel: string;
  /** cgroups in one unified hierarchy (v2); else v1 or hybrid. */
  readonly unified: boolean;
  /** Default capabilities that the engine itself has and can pass on. */
  readonly capabilities: readonly string[];
  /** All capabilities that it can pass on. */
  readonly allCapabilities: readonly string[];
  /** Default capabilities that it lacks. */
  readonly lacking: readonly string[];
  readonly swapAccounting: boolean;
  /** Block io can be shared by weight. */
  readonly blockWeights: boolean;
  /** Block io of single devices can be limited. */
  readonly blockRates: boolean;
  /** No process can make the system calls of x32, of which a filter need say nothing then. */
  readonly lacksX32: boolean;
  /** The kernel confines processes by profiles. */
  readonly apparmor: boolean;
}

/** statfs(2): CGROUP2_SUPER_MAGIC */
const cgroup2Magic = 0x63677270;

export function probeHost(): HostAbilities {
  const passable = passableCapabilities();
  const unified = isUnified();
  return {
    kernel: release(),
    unified,
    capabilities: capabilities.filter((name) => passable.includes(name)),
    allCapabilities: passable,
    lacking: capabilities.filter((name) => !passable.includes(name)),
    swapAccounting: existsSync(unified ? '/proc/swaps' : '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes'),
    blockWeights: blockWeightFiles(unified).some((file) => existsSync(`/sys/fs/cgroup/${file}`)),
    blockRates: existsSync(`/sys/fs/cgroup/${unified ? 'io.stat' : 'blkio/blkio.throttle.read_bps_device'}`),
    lacksX32: isBuiltWithout(['X86_X32_ABI', 'X86_X32'], release()),
    apparmor: hasAppArmor(),
  };
}

/** What only a kernel with weights has in its outermost cgroup: of CFQ, or of BFQ; v2 has the controller or not. */
function blockWeightFiles(unified: boolean): string[] {
  return unified ? ['io.stat'] : ['blkio/blkio.weight', 'blkio/blkio.bfq.io_service_bytes'];
}

function isUnified(): boolean {
  try {
    return Number(statfsSync('/sys/fs/cgroup').type) === cgroup2Magic;
  } catch {
    return false;
  }
}
