import type { Config } from '../record/config.ts';
import { deviceRules } from './defaults.ts';
import type { OciDevice, OciDeviceRule } from './oci.ts';

/** A device of the host, and where and how a container has it. */
export interface FoundDevice {
  /** On the host. */
  readonly source: string;
  readonly node: OciDevice;
  /** Of `r`, `w`, `m`. */
  readonly access: string;
}

/** Rules of the devices cgroup: Docker's default devices, and what was asked for. */
export function deviceRulesOf({ security, devices }: Pick<Config, 'security' | 'devices'>, found: readonly FoundDevice[]): OciDeviceRule[] {
  if (security?.privileged) return [{ allow: true, access: 'rwm' }];
  const nodes = found.map(({ node: { type, major, minor }, access }) => ({ allow: true, type, major, minor, access }));
  return [...deviceRules, ...nodes, ...(devices?.rules ?? []).map(readRule)];
}

/** `c 42:* rmw`, as `checkDevices` let it pass. */
function readRule(text: string): OciDeviceRule {
  const [type, numbers = '', access = ''] = text.split(' ');
  const [major, minor] = numbers.split(':').map((number) => (number === '*' ? undefined : Number(number)));
  return { allow: true, type: type as 'a' | 'b' | 'c', major, minor, access };
}
