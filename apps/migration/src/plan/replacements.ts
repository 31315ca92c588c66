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
