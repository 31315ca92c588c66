import { invalidArgument } from '@arcbox/errors';
import { allCapabilities } from '../spec/capabilities.ts';
import { parseSeccompProfile } from '../spec/seccomp-profile.ts';
import { isGiven } from './given.ts';

/** What a container's processes may do, where it is not the default. */
export interface Security {
  /** The root file system cannot be written to. */
  readonly readOnly: boolean;
  /** All capabilities and devices, no seccomp filter, nothing masked. */
  readonly privileged: boolean;
  /** `CAP_…` or `ALL`. */
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** As given; `readSecurityOptions` tells what they say. */
  readonly securityOptions: readonly string[];
  /** Groups besides the user's: names or numbers. */
  readonly groupAdd: readonly string[];
}

/** What security options say. */
export interface SecurityWords {
  readonly noNewPrivileges: boolean;
  /** `unconfined`, or a JSON profile; undefined: the default. */
  readonly seccomp?: string;
  /** Name of a profile, or `unconfined`. */
  readonly apparmor?: string;
  /** `disable`, `type:…` and so on, for SELinux. */
  readonly labels: readonly string[];
  /** Nothing of /proc and /sys is masked or read-only. */
  readonly openSystemPaths: boolean;
}

/** Undefined when nothing is asked for. INVALID_ARGUMENT names what is wrong. */
export function checkSecurity({ readOnly, privileged, capAdd, capDrop, securityOptions, groupAdd }: Security): Security | undefined {
  const security = { readOnly, privileged, capAdd: capAdd.map(fullName), capDrop: capDrop.map(fullName), securityOptions, groupAdd };
  const { seccomp } = readSecurityOptions(securityOptions);
  if (seccomp !== undefined && seccomp !== unconfined) parseSeccompProfile(seccomp);
  const bad = groupAdd.find((group) => !/^[^\s:,\0]+$/.test(group));
  if (bad !== undefined) throw invalidArgument(`not a group: "${bad}"`);
  return isGiven(security) ? security : undefined;
}

export const unconfined = 'unconfined';

/** `NET_ADMIN`, `cap_net_admin` → `CAP_NET_ADMIN`; `all` → `ALL`. */
function fullName(given: string): string {
  const upper = given.toUpperCase();
  if (upper === 'ALL' || upper === 'CAP_ALL') return 'ALL';
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!allCapabilities.includes(name)) throw invalidArgument(`unknown capability: "${given}"`);
  return name;
}

/** Later ones win, as in Docker. INVALID_ARGUMENT names an option that is none. */
export function readSecurityOptions(options: readonly string[]): SecurityWords {
  return options.reduce<SecurityWords>(readOption, { noNewPrivileges: false, labels: [], openSystemPaths: false });
}

const truths: { readonly [text: string]: boolean } = { '1': true, t: true, true: true, '0': false, f: false, false: false };

function readOption(words: SecurityWords, option: string): SecurityWords {
  if (option === 'no-new-privileges') return { ...words, noNewPrivileges: true };
  if (option === 'disable') return { ...words, labels: [...words.labels, option] };
  const [, name, value] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
  const invalid = invalidArgument(`invalid security option: "${shorten(option)}"`);
  if (name === undefined || value === undefined || value === '') throw invalid;
  switch (name) {
    case 'no-new-privileges': {
      const isTrue = truths[value.toLowerCase()];
      if (isTrue === undefined) throw invalid;
      return { ...words, noNewPrivileges: isTrue };
    }
    case 'seccomp':
      return { ...words, seccomp: value === 'builtin' ? undefined : value };
    case 'apparmor':
      if (!/^[^\s\0]+$/.test(value)) throw invalid;
      return { ...words, apparmor: value };
    case 'label':
      return { ...words, labels: [...words.labels, checkLabel(value)] };
    case 'systempaths':
      if (value !== unconfined) throw invalid;
      return { ...words, openSystemPaths: true };
    default:
      throw invalid;
  }
}

function checkLabel(label: string): string {
  if (label === 'disable' || /^(user|role|type|level|filetype):./.test(label)) return label;
  throw invalidArgument(`bad label option "${label}", valid are disable, and user, role, type or level followed by : and a value`);
}

/** A profile need not stand in a message. */
function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
