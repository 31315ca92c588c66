import type { VolumeInfo } from '@arcbox/proto/arcbox/v1/api';
import { mapFrom } from './shape.ts';

/** A volume under the names that docker inspect gives. */
export function volumeToDocker(info: VolumeInfo): object {
  return {
    CreatedAt: info.created,
    Driver: info.driver,
    Labels: mapFrom(info.labels),
    Mountpoint: info.mountpoint,
    Name: info.name,
    Options: mapFrom(info.options),
    Scope: info.scope,
    ...(Object.keys(info.status).length > 0 ? { Status: info.status } : {}),
    ...(info.usage ? { UsageData: { Size: Number(info.usage.size), RefCount: Number(info.usage.refCount) } } : {}),
  };
}
