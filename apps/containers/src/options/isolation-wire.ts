import type { CreateOptions, DeepPartial, MountOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Config, MountUse } from '../record/config.ts';
import type { MountRequest } from '../create/mounts.ts';
import type { IsolationRequest } from './isolation.ts';
import { isRange } from './exposure.ts';
import type { Security } from './security.ts';

/** Fields of CreateOptions that are isolation and files. */
export const isolationFields = [
  ...['readOnly', 'privileged', 'capAdd', 'capDrop', 'securityOptions', 'groupAdd'],
  ...['ipcMode', 'pidMode', 'utsMode', 'cgroupnsMode', 'usernsMode', 'domainname', 'sysctls'],
  ...['devices', 'deviceCgroupRules', 'shmBytes', 'tmpfs', 'volumesFrom', 'mounts'],
  ...['init', 'stopTimeoutSeconds', 'stopSignal', 'stdinOnce', 'annotations', 'cgroupParent'],
  ...['exposedPorts', 'publishAll', 'portRanges', 'platform', 'clearEntrypoint'],
] as const satisfies readonly string[];

/** What a request asks for; undefined options are the defaults. */
export function readIsolation(options: CreateOptions): IsolationRequest {
  return { ...options, furtherMounts: options.mounts.map(toMountRequest) };
}

function toMountRequest({ mount, ...further }: MountOptions): MountRequest {
  return { type: '', source: '', target: '', readonly: false, ...mount, ...further };
}

/** The same fields of a container, as they are now. */
export function toIsolation(config: Config): DeepPartial<CreateOptions> {
  const { security, namespaces, devices, storage, life } = config;
  return {
    ...(security ? ofSecurity(security) : {}),
    ...namespaces,
    ...(devices ? { devices: [...devices.devices], deviceCgroupRules: [...devices.rules] } : {}),
    ...(storage ? { ...storage, volumesFrom: [...storage.volumesFrom], shmBytes: BigInt(storage.shmBytes) } : {}),
    ...(life ? { ...life, stopTimeoutSeconds: life.stopTimeout } : {}),
    mounts: config.mounts.flatMap(toMountOptions),
    stopSignal: config.stopSignal ?? '',
    publishAll: config.publishAll ?? false,
    exposedPorts: [...config.exposed],
    portRanges: config.ports.filter(isRange),
  };
}

function ofSecurity({ capAdd, capDrop, securityOptions, groupAdd, ...switches }: Security): DeepPartial<CreateOptions> {
  return { ...switches, capAdd: [...capAdd], capDrop: [...capDrop], securityOptions: [...securityOptions], groupAdd: [...groupAdd] };
}

/** Those that arcbox.v1 cannot say. */
function toMountOptions(mount: MountUse): DeepPartial<MountOptions>[] {
  const { type, source, target, readonly, volume, anonymous, tmpfsBytes, ...further } = mount;
  if (Object.keys(further).length === 0 && tmpfsBytes === undefined) return [];
  return [{ ...further, mount: { type, source: volume ?? source, target, readonly }, tmpfsBytes: BigInt(tmpfsBytes ?? 0) }];
}
