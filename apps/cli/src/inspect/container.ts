import type { ContainerInfo } from '@arcbox/proto/arcbox/v1/container';
import { formatTimeUtc } from '../time.ts';

/** A container under the names that docker inspect gives. */
export function containerToDocker(info: ContainerInfo): object {
  const { created, state, config, networkSettings } = info;
  return {
    Id: info.id,
    Created: created ? formatTimeUtc(created.seconds * 1_000_000_000n + BigInt(created.nanos)) : '',
    Path: info.path,
    Args: info.args,
    State: {
      Status: state?.status ?? '',
      Running: state?.running ?? false,
      Paused: state?.paused ?? false,
      Restarting: state?.restarting ?? false,
      OOMKilled: state?.oomKilled ?? false,
      Dead: state?.dead ?? false,
      Pid: state?.pid ?? 0,
      ExitCode: state?.exitCode ?? 0,
      Error: state?.error ?? '',
      StartedAt: state?.startedAt ?? '',
      FinishedAt: state?.finishedAt ?? '',
    },
    Image: info.image,
    Name: `/${info.name.replace(/^\//, '')}`,
    Mounts: info.mounts.map(({ type, source, destination, rw }) => ({
      Type: type,
      Source: source,
      Destination: destination,
      RW: rw,
    })),
    Config: {
      Hostname: config?.hostname ?? '',
      Domainname: config?.domainname ?? '',
      User: config?.user ?? '',
      Tty: config?.tty ?? false,
      OpenStdin: config?.openStdin ?? false,
      Env: config?.env ?? [],
      Cmd: config?.cmd ?? [],
      Image: config?.image ?? '',
      WorkingDir: config?.workingDir ?? '',
      Entrypoint: config?.entrypoint ?? [],
      Labels: config?.labels ?? {},
    },
    NetworkSettings: {
      NetworkID: networkSettings?.networkId ?? '',
      Gateway: networkSettings?.gateway ?? '',
      IPAddress: networkSettings?.ipAddress ?? '',
      MacAddress: networkSettings?.macAddress ?? '',
    },
  };
}
