import { existsSync, readFileSync } from 'node:fs';

/** The kernel enforces profiles, and its files are there to load one: docs.kernel.org, admin-guide/LSM/apparmor. `sys` is where sysfs is. */
export function hasAppArmor(sys = '/sys'): boolean {
  const file = `${sys}/module/apparmor/parameters/enabled`;
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('Y') && existsSync(`${sys}/kernel/security/apparmor`);
}

/** Mounted where a policy is loaded. */
export function hasSelinux(): boolean {
  return existsSync('/sys/fs/selinux/enforce');
}
