import { type Json, objectOf, objectsOf, textMapOf, textsOf } from '../settings/json.ts';
import type { PlannedContainer } from './plan.ts';

/** Where Compose notes that a service waits for others: `db:service_started:false,cache:…`. */
const waitsFor = 'com.docker.compose.depends_on';
const serviceLabel = 'com.docker.compose.service';
const projectLabel = 'com.docker.compose.project';

/** Names that a container is started after, as it says it: containers, or `project/service` of Compose. */
export function startsAfter(container: Json, needs: readonly string[]): string[] {
  const labels = textMapOf(objectOf(container['Config'])['Labels']);
  const services = (labels[waitsFor] ?? '').split(',').map((entry) => entry.split(':', 1)[0] ?? '');
  const endpoints = objectsOf(Object.values(objectOf(objectOf(container['NetworkSettings'])['Networks'])));
  const links = [objectOf(container['HostConfig']), ...endpoints].flatMap(({ Links }) => textsOf(Links)).map((link) => link.split(':', 1)[0]?.replace(/^\//, '') ?? '');
  const ofProject = services.filter((service) => service !== '').map((service) => `${labels[projectLabel] ?? ''}/${service}`);
  return [...new Set([...needs, ...links, ...ofProject])];
}

/** Each after all that it waits for; in their order otherwise. Of those that wait for each other, as links allow, one has to be the first. */
export function inOrder(containers: readonly PlannedContainer[], waits: (container: PlannedContainer) => readonly string[]): PlannedContainer[] {
  const ordered: PlannedContainer[] = [];
  const onTheWay = new Set<PlannedContainer>();
  const visit = (container: PlannedContainer): void => {
    if (ordered.includes(container) || onTheWay.has(container)) return;
    onTheWay.add(container);
    const awaited = waits(container);
    for (const other of containers) if (other !== container && namesOf(other).some((name) => awaited.includes(name))) visit(other);
    ordered.push(container);
  };
  for (const container of containers) visit(container);
  return ordered;
}

function namesOf({ name, order }: PlannedContainer): string[] {
  const { [serviceLabel]: service, [projectLabel]: project = '' } = order.labels;
  return service === undefined ? [name] : [name, `${project}/${service}`];
}
