import type { Config } from '../record/config.ts';

/** Where the cgroups of containers are when nobody asks for another place. */
const parent = '/arcbox';

/** Below every hierarchy of cgroup v1, or in the one of v2. */
export function cgroupPath({ id, config }: { readonly id: string; readonly config?: Pick<Config, 'life'> }): string {
  return `${config?.life?.cgroupParent || parent}/${id}`;
}
