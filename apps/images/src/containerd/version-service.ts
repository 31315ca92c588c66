import { build } from '@arcbox/config';
import type { VersionServiceImplementation } from '@arcbox/proto/containerd/services/version/v1/version';
import type { CallFields } from '@arcbox/rpc';

/** containerd.services.version.v1.Version: of this engine, not of a containerd. */
export function versionService(): VersionServiceImplementation<CallFields> {
  return {
    async version() {
      return { version: build.version, revision: build.commit };
    },
  };
}
