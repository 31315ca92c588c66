import { existsSync, readFileSync } from 'node:fs';

/** docs.kernel.org, admin-guide/LSM/apparmor: the kernel enforces profiles. */
export function hasAppArmor(): boolean {
  const file = '/sys/module/apparmor/parameters/enabled';
  return existsSync(file) && readFileSync(file, 'utf8').startsWith('Y');
}

/** Mounted where a policy is loaded. */
export function hasSelinux(): boolean {
  return existsSync('/sys/fs/selinux/enforce');
}
