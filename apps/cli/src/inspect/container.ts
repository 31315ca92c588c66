import type { Health, InspectResponse } from '@arcbox/proto/arcbox/engine/v1/container';
import type { ContainerState } from '@arcbox/proto/arcbox/v1/container';
import { formatTimeUtc } from '../time.ts';
import { configToDocker } from './container-config.ts';
import { hostConfigToDocker } from './host-config.ts';
import { networkSettingsToDocker } from './network-settings.ts';
import { listOrNull } from './shape.ts';

/** A container under the names that docker inspect gives; sizes only where they were asked for. */
export function containerToDocker(found: InspectResponse, size: boolean): object {
  const { info } = found;
  const created = info?.created;
  return {
    Id: info?.id ?? '',
    Created: created ? formatTimeUtc(created.seconds * 1_000_000_000n + BigInt(created.nanos)) : '',
    Path: info?.path ?? '',
    Args: info?.args ?? [],
    State: stateToDocker(info?.state, found.health),
    Image: found.imageId,
    LogPath: found.logPath,
    AppArmorProfile: found.apparmorProfile,
    Name: `/${(info?.name ?? '').replace(/^\//, '')}`,
    RestartCount: found.restartCount,
    Driver: 'overlay',
    Platform: 'linux',
    ExecIDs: listOrNull(found.execIds),
    HostConfig: hostConfigToDocker(found),
    ...(size ? { SizeRw: Number(found.sizeRw), SizeRootFs: Number(found.sizeRootFs) } : {}),
    Mounts: (info?.mounts ?? []).map(mountToDocker),
    Config: configToDocker(found),
    NetworkSettings: networkSettingsToDocker(found),
  };
}

function stateToDocker(state: ContainerState | undefined, health: Health | undefined): object {
  return {
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
    // Not in JSON without a check, but a template may name it.
    Health: health && healthToDocker(health),
  };
}

function healthToDocker({ status, failingStreak, log }: Health): object {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({ Start: start, End: end, ExitCode: exitCode, Output: output })),
  };
}

function mountToDocker(mount: { type: string; source: string; destination: string; rw: boolean }): object {
  const { type, source, destination, rw } = mount;
  // The directory of a volume ends in `<name>/_data`.
  const name = type === 'volume' ? /\/([^/]+)\/_data$/.exec(source)?.[1] : undefined;
  return {
    Type: type,
    ...(name === undefined ? {} : { Name: name }),
    Source: source,
    Destination: destination,
    ...(type === 'volume' ? { Driver: 'local' } : {}),
    RW: rw,
  };
}
