import { arch } from 'node:process';
import { invalidArgument } from '@arcbox/errors';
import type { Config } from '../record/config.ts';
import { readSecurityOptions, type Security, unconfined } from '../options/security.ts';
import { apparmorProfileOf, checkAppArmor } from './apparmor.ts';
import { maskedPaths, readonlyPaths } from './defaults.ts';
import type { HostAbilities } from './host.ts';
import type { OciProcess, OciSeccomp } from './oci.ts';
import { defaultFilter, evaluateProfile } from './seccomp.ts';
import { parseSeccompProfile } from './seccomp-profile.ts';
import { hasSelinux } from './security-modules.ts';

/** What holds a container's processes back. */
export interface Privileges {
  readonly capabilities: readonly string[];
  readonly seccomp: OciSeccomp | undefined;
  readonly process: Pick<OciProcess, 'noNewPrivileges' | 'apparmorProfile'>;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

type Host = Pick<HostAbilities, 'capabilities' | 'allCapabilities' | 'kernel' | 'lacksX32'>;

export function privilegesOf({ security }: Pick<Config, 'security'>, host: Host & Pick<HostAbilities, 'apparmor'>): Privileges {
  const words = readSecurityOptions(security?.securityOptions ?? []);
  const capabilities = capabilitiesOf(security, host);
  const isOpen = words.openSystemPaths || security?.privileged === true;
  const apparmorProfile = apparmorProfileOf(security, host);
  return {
    capabilities,
    seccomp: security?.privileged ? undefined : filterOf(words.seccomp, capabilities, host),
    process: { noNewPrivileges: words.noNewPrivileges, ...(apparmorProfile ? { apparmorProfile } : {}) },
    maskedPaths: isOpen ? [] : maskedPaths,
    readonlyPaths: isOpen ? [] : readonlyPaths,
  };
}

/** As Docker: `ALL` to add is all but those dropped; `ALL` to drop is none but those added. INVALID_ARGUMENT names one that nobody has. */
export function capabilitiesOf(security: Security | undefined, host: Host): string[] {
  const { privileged = false, capAdd = [], capDrop = [] } = security ?? {};
  const lacking = capAdd.find((name) => name !== 'ALL' && !host.allCapabilities.includes(name));
  if (lacking !== undefined) throw invalidArgument(`capability not supported by your kernel or not available to the engine: "${lacking}"`);
  if (privileged) return [...host.allCapabilities];
  if (capAdd.includes('ALL')) return host.allCapabilities.filter((name) => !capDrop.includes(name));
  const kept = capDrop.includes('ALL') ? [] : host.capabilities.filter((name) => !capDrop.includes(name));
  return [...new Set([...kept, ...capAdd])];
}

function filterOf(profile: string | undefined, capabilities: readonly string[], host: Host): OciSeccomp | undefined {
  if (profile === undefined) return defaultFilter(capabilities, host);
  const { kernel, lacksX32 } = host;
  return profile === unconfined ? undefined : evaluateProfile(parseSeccompProfile(profile), { capabilities, kernel, lacksX32, arch });
}

/** What is asked for and has no effect on this host. INVALID_ARGUMENT or FAILED_PRECONDITION where that would be dangerous. */
export function securityWarnings({ security }: Pick<Config, 'security'>, host: Pick<HostAbilities, 'apparmor'>): string[] {
  const { labels } = readSecurityOptions(security?.securityOptions ?? []);
  checkAppArmor(security, host);
  const label = labels.find((one) => one !== 'disable');
  if (label !== undefined && hasSelinux()) throw invalidArgument(`label=${label}: SELinux is on, and the engine sets no labels`);
  return label === undefined ? [] : [`SELinux is not enabled on this host: label=${label} has no effect`];
}
