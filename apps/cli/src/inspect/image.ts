import type { ImageInfo } from '@arcbox/proto/arcbox/v1/image';

/** An image under the names that docker inspect gives. */
export function imageToDocker(info: ImageInfo): object {
  const { config } = info;
  return {
    Id: info.id,
    RepoTags: info.repoTags,
    RepoDigests: info.repoDigests,
    Parent: info.parent,
    Comment: info.comment,
    Created: info.created,
    Author: info.author,
    Architecture: info.architecture,
    Os: info.os,
    OsVersion: info.osVersion,
    Size: Number(info.size),
    VirtualSize: Number(info.virtualSize),
    Config: {
      Hostname: config?.hostname ?? '',
      Domainname: config?.domainname ?? '',
      User: config?.user ?? '',
      ExposedPorts: config?.exposedPorts ?? {},
      Env: config?.env ?? [],
      Cmd: config?.cmd ?? [],
      Volumes: config?.volumes ?? {},
      WorkingDir: config?.workingDir ?? '',
      Entrypoint: config?.entrypoint ?? [],
      Labels: config?.labels ?? {},
    },
    RootFS: { Type: info.rootFs?.type ?? '', Layers: info.rootFs?.layers ?? [] },
  };
}
