import type { Containers, LocalContainer } from '../target/containers-client.ts';
import type { Targets } from '../target/targets.ts';
import type { Plan } from './plan.ts';
import { isSameNetwork } from './same-network.ts';

type Wanted = Pick<Plan, 'images' | 'volumes' | 'networks' | 'containers'>;

/** What has the same name here and is something else. */
export async function findReplacements({ images, volumes, networks, containers }: Targets, draft: Wanted, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for (const { id, tags } of draft.images) {
    for (const tag of tags) {
      const present = await images.find(tag, signal);
      if (present && present.id !== id) found.push(`image ${tag}`);
    }
  }
  for (const { order } of draft.volumes) if (await volumes.find(order.name, signal)) found.push(`volume ${order.name}`);
  for (const { order } of draft.networks) {
    const present = await networks.find(order.name, signal);
    if (present && !isSameNetwork(present.order, order)) found.push(`network ${order.name}`);
  }
  for (const { name } of draft.containers) if (await containers.find(name, signal)) found.push(`container ${name}`);
  return found;
}

/** Of containers that give way, what keeps a run from that, in words. */
export async function findObstacles({ containers }: Targets, replacements: readonly string[], draft: Pick<Plan, 'containers'>, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of draft.containers.filter((one) => replacements.includes(`container ${one.name}`))) {
    const present = await containers.find(name, signal);
    if (present && (await wouldVanish(containers, present, signal))) found.push(`container ${name}, which is here, removes itself when it is stopped: stop it before the migration`);
  }
  return found;
}

/** Whether a container that makes room could not come back. */
export const wouldVanish = async (containers: Containers, { id, isRunning }: LocalContainer, signal: AbortSignal): Promise<boolean> => isRunning && (await containers.isFleeting(id, signal));
