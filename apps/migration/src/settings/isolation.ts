import { isSet, isTrue, type Json, objectOf, objectsOf, textMapOf, textOf, textsOf } from './json.ts';
import type { DeviceOrder, IsolationOrder } from './order.ts';

/** What tells the full id of another container, or its name, by name. */
export type NameOf = (reference: string) => string;

/** What a container may do and which namespaces it has. */
export function toIsolation(container: Json, nameOf: NameOf, lost: string[]): IsolationOrder {
  const host = objectOf(container['HostConfig']);
  return {
    readOnly: isTrue(host['ReadonlyRootfs']),
    privileged: isTrue(host['Privileged']),
    capAdd: textsOf(host['CapAdd']),
    capDrop: textsOf(host['CapDrop']),
    securityOptions: securityOf(host, lost),
    groupAdd: textsOf(host['GroupAdd']),
    // A privileged one has them all; podman lists each.
    devices: isTrue(host['Privileged']) ? [] : objectsOf(host['Devices']).map(deviceOf),
    deviceCgroupRules: textsOf(host['DeviceCgroupRules']),
    sysctls: textMapOf(host['Sysctls']),
    ipcMode: shared(textOf(host['IpcMode']), nameOf),
    pidMode: own(shared(textOf(host['PidMode']), nameOf)),
    utsMode: own(textOf(host['UTSMode'])),
    usernsMode: usernsOf(textOf(host['UsernsMode']), lost),
    cgroupnsMode: textOf(host['CgroupnsMode']),
    cgroupParent: textOf(host['CgroupParent']),
  };
}

/** Names of the containers whose namespaces it shares. */
export function sharedWith({ ipcMode, pidMode }: IsolationOrder): string[] {
  return [ipcMode, pidMode].filter((mode) => mode.startsWith('container:')).map((mode) => mode.slice('container:'.length));
}

/** `container:<id>` → `container:<name>`: it has another id here. */
export function shared(mode: string, nameOf: NameOf): string {
  return mode.startsWith('container:') ? `container:${nameOf(mode.slice('container:'.length))}` : mode;
}

/** podman's word for what is usual. */
const own = (mode: string): string => (mode === 'private' ? '' : mode);

function usernsOf(mode: string, lost: string[]): string {
  if (['', 'host', 'private'].includes(mode)) return own(mode);
  lost.push(`user namespace ${mode}: here it is the usual one`);
  return '';
}

function deviceOf(device: Json): DeviceOrder {
  return {
    hostPath: textOf(device['PathOnHost']),
    containerPath: textOf(device['PathInContainer']),
    permissions: textOf(device['CgroupPermissions']),
  };
}

const known = /^(no-new-privileges([:=](true|false|1|0))?|disable|apparmor[:=].+|label[:=].+|seccomp[:=](unconfined|builtin|\s*\{.*)|systempaths=unconfined)$/s;

function securityOf(host: Json, lost: string[]): string[] {
  const given = textsOf(host['SecurityOpt']).map((option) => (/^unmask=all$/i.test(option) ? openPaths : option));
  const unknown = given.filter((option) => !known.test(option));
  lost.push(...unknown.map((option) => `security option ${option.length > 100 ? `${option.slice(0, 100)}…` : option}`));
  return [...given.filter((option) => known.test(option)), ...openOf(host, lost)];
}

const openPaths = 'systempaths=unconfined';

/** What one version or another masks by itself; docker shows it as if somebody had asked for it. */
const usual = new Set([
  ...['/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats'],
  ...['/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap', '/sys/fs/selinux', '/sys/dev/block'],
  ...['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
]);

/** Empty lists are what docker makes of `systempaths=unconfined`; null is what is usual. */
function openOf(host: Json, lost: string[]): string[] {
  const lists = [host['MaskedPaths'], host['ReadonlyPaths']];
  const paths = lists.flatMap(textsOf);
  const further = paths.filter((path) => !usual.has(path) && !path.startsWith('/sys/devices/system/cpu/'));
  lost.push(...further.map((path) => `${path} is hidden or read-only`));
  const empty = lists.filter((list) => Array.isArray(list) && !isSet(list)).length;
  if (isTrue(host['Privileged']) || empty === 0) return [];
  if (empty === lists.length) return [openPaths];
  lost.push('a part of what is hidden or read-only of /proc and /sys is open');
  return [];
}
