import { existsSync, readFileSync } from 'node:fs';
import { arch as hostArch } from 'node:process';
import type { OciSeccomp, OciSyscall } from './oci.ts';
import { closeGates } from './seccomp-gates.ts';

/** Places of the profile of Debian's containers-common and its relatives. */
const profileFiles = ['/usr/share/containers/seccomp.json', '/etc/containers/seccomp.json'];

/** A profile in the format of Docker and of github.com/containers/common/pkg/seccomp. */
export interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** Instead of `archMap`. */
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures: readonly string[] | null }[];
  readonly syscalls: readonly ProfileRule[];
}

export interface ProfileRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly ProfileArgument[] | null;
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

type ProfileArgument = { readonly index: number; readonly value: number; readonly valueTwo?: number; readonly op: string };

interface Condition {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  /** Smallest kernel, `4.8`. */
  readonly minKernel?: string;
}

export interface Subject {
  /** `CAP_…` that the container has. */
  readonly capabilities: readonly string[];
  /** As Node names it: `x64`, `arm64`. */
  readonly arch: string;
  /** Kernel release: `6.1.0-13-amd64`. */
  readonly kernel: string;
  /** The kernel knows no x32: libseccomp needs a quarter of its time for it, at each start and each exec. */
  readonly lacksX32: boolean;
}

/** Node's name of an architecture → the profile's. */
const architectures: { readonly [node: string]: { readonly short: string; readonly seccomp: string } } = {
  x64: { short: 'amd64', seccomp: 'SCMP_ARCH_X86_64' },
  arm64: { short: 'arm64', seccomp: 'SCMP_ARCH_AARCH64' },
  s390x: { short: 's390x', seccomp: 'SCMP_ARCH_S390X' },
};

/** Turns a profile into the filter for one container: only rules whose conditions hold are kept. */
export function evaluateProfile(profile: Profile, subject: Subject): OciSeccomp {
  const architecture = architectures[subject.arch];
  const rules = profile.syscalls.filter((rule) => applies(rule, subject, architecture?.short ?? subject.arch));
  const family = profile.archMap?.find((entry) => entry.architecture === architecture?.seccomp);
  const relatives = (family?.subArchitectures ?? []).filter((name) => !(subject.lacksX32 && name === 'SCMP_ARCH_X32'));
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(profile.flags?.length ? { flags: [...profile.flags] } : {}),
    architectures: profile.architectures?.length ? [...profile.architectures] : family ? [family.architecture, ...relatives] : [],
    syscalls: rules.map(toSyscall),
  };
}

function applies({ includes, excludes }: ProfileRule, { capabilities, kernel }: Subject, arch: string): boolean {
  if (excludes?.arches?.includes(arch)) return false;
  if (excludes?.caps?.some((cap) => capabilities.includes(cap))) return false;
  if (excludes?.minKernel && isAtLeast(kernel, excludes.minKernel)) return false;
  if (includes?.arches?.length && !includes.arches.includes(arch)) return false;
  if (includes?.caps?.some((cap) => !capabilities.includes(cap))) return false;
  return !includes?.minKernel || isAtLeast(kernel, includes.minKernel);
}

function isAtLeast(kernel: string, wanted: string): boolean {
  const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function toSyscall({ names, action, errnoRet, args }: ProfileRule): OciSyscall {
  return {
    names: [...names],
    action,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args?.length ? { args: args.map(({ index, value, valueTwo, op }) => ({ index, value, valueTwo, op })) } : {}),
  };
}

let cached: { key: string; filter: OciSeccomp | undefined } | undefined;

/** The default filter of this host; undefined when the profile is not installed. */
export function defaultFilter(capabilities: readonly string[], host: Pick<Subject, 'kernel' | 'lacksX32'>): OciSeccomp | undefined {
  const { kernel, lacksX32 } = host;
  const key = [kernel, lacksX32, ...capabilities].join(' ');
  if (cached?.key !== key) cached = { key, filter: readFilter({ capabilities, kernel, lacksX32, arch: hostArch }) };
  return cached.filter;
}

function readFilter(subject: Subject): OciSeccomp | undefined {
  const file = profileFiles.find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  return closeGates(evaluateProfile(JSON.parse(readFileSync(file, 'utf8')) as Profile, subject), subject);
}
