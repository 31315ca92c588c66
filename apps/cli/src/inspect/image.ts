import type { ImageInfo } from '@arcbox/proto/arcbox/v1/image';
import { mapFrom } from './shape.ts';

/** The part of an image's own configuration that ImageInfo has no room for; OCI image spec, config.md. */
interface RawConfig {
  readonly docker_version?: string;
  readonly variant?: string;
  readonly history?: readonly object[];
  readonly config?: {
    readonly StopSignal?: string;
    readonly Healthcheck?: object;
    readonly OnBuild?: readonly string[];
    readonly Shell?: readonly string[];
    readonly ArgsEscaped?: boolean;
  };
}

/** An image under the names that docker inspect gives; `config` is its configuration as JSON. */
export function imageToDocker(info: ImageInfo, config: Uint8Array): object {
  const raw = JSON.parse(Buffer.from(config).toString()) as RawConfig;
  return {
    Id: info.id,
    RepoTags: info.repoTags,
    RepoDigests: info.repoDigests,
    Parent: info.parent,
    Comment: info.comment,
    Created: info.created,
    DockerVersion: raw.docker_version ?? '',
    Author: info.author,
    Architecture: info.architecture,
    Variant: raw.variant ?? '',
    Os: info.os,
    OsVersion: info.osVersion,
    Size: Number(info.size),
    VirtualSize: Number(info.virtualSize),
    Config: configToDocker(info.config, raw.config ?? {}),
    RootFS: { Type: info.rootFs?.type ?? '', Layers: info.rootFs?.layers ?? [] },
    HistoryCount: raw.history?.length ?? 0,
  };
}

function configToDocker(config: ImageInfo['config'], raw: NonNullable<RawConfig['config']>): object {
  return {
    Hostname: config?.hostname ?? '',
    Domainname: config?.domainname ?? '',
    User: config?.user ?? '',
    ExposedPorts: mapFrom(config?.exposedPorts),
    Env: config?.env ?? [],
    Cmd: config?.cmd ?? [],
    Healthcheck: raw.Healthcheck ?? null,
    ArgsEscaped: raw.ArgsEscaped ?? false,
    Volumes: config?.volumes ?? {},
    WorkingDir: config?.workingDir ?? '',
    Entrypoint: config?.entrypoint ?? [],
    OnBuild: raw.OnBuild ?? [],
    Labels: mapFrom(config?.labels),
    StopSignal: raw.StopSignal ?? '',
    Shell: raw.Shell ?? [],
  };
}
