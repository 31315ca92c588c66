import type { HostTree } from './host-tree.ts';

/** `absent` only where somebody who knows says so: the kernel's configuration, or the list of its modules. */
export type Presence = 'there' | 'loadable' | 'absent' | 'unknown';

/** Whether the kernel has a feature: as module `module`, or built in with `option` (`NF_TABLES`). */
export function presenceOf(tree: HostTree, { module, option }: { module: string; option: string }): Presence {
  const release = tree.text('/proc/sys/kernel/osrelease') ?? '';
  const directory = `/lib/modules/${release}`;
  const named = new RegExp(`(^|/)${module.replaceAll('_', '[-_]')}\\.ko`, 'm');
  if (tree.exists(`/sys/module/${module}`) || named.test(tree.text(`${directory}/modules.builtin`) ?? '')) return 'there';
  const list = tree.text(`${directory}/modules.dep`);
  if (list !== undefined && named.test(list)) return 'loadable';
  const config = tree.text('/proc/config.gz') ?? tree.text(`/boot/config-${release}`);
  if (config === undefined) return 'unknown';
  // A module that nobody has installed cannot be loaded.
  return new RegExp(`^CONFIG_${option}=y$`, 'm').test(config) ? 'there' : 'absent';
}
