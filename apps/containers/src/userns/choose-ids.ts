import { failedPrecondition, invalidArgument } from '@arcbox/errors';
import { sharedWith } from '../options/namespaces.ts';
import type { Config, InternalUse, Overlay } from '../record/config.ts';
import type { Container } from '../record/container.ts';
import { areSame, type IdMaps } from './id-maps.ts';
import type { Remapping } from './remapping.ts';

type Asked = Pick<Config, 'namespaces' | 'network' | 'security' | 'internal'>;

/** The ids that a new container will have: known now, or of its own, to be chosen with the containers that are there. */
export type ChosenIds = IdMaps | 'own' | undefined;

/**
 * Decides whose ids a new container has; undefined: those of the host. Refuses,
 * as Docker, what a user namespace of its own does not go with.
 */
export function chooseIds(remapping: Remapping, config: Asked, find: (id: string) => Container): ChosenIds {
  const mode = config.namespaces?.usernsMode ?? '';
  // A root that is mounted elsewhere cannot be mounted for other ids.
  if ((config.internal && !rootOverlay(config.internal)) || mode === 'host' || (mode === '' && !remapping.isUsual)) return undefined;
  refuseConflicts(config);
  const [donor, ...others] = donorsOf(config).map(find);
  if (!donor) return mode === 'auto' ? 'own' : remapping.shared();
  const ids = donor.config.ids;
  if (!ids) throw failedPrecondition(`container ${donor.name} has no user namespace to share: both have to be remapped, or this one needs the user namespace host`);
  const different = others.find(({ config }) => !areSame(config.ids, ids));
  if (different) throw failedPrecondition(`containers ${donor.name} and ${different.name} have different user ids: their namespaces cannot be shared together`);
  return ids;
}

/** What to mount as the root of a container that is part of other work; undefined where that has mounted it. */
export function rootOverlay({ rootfs, overlays = [] }: InternalUse): Overlay | undefined {
  return overlays.find(({ path }) => path === rootfs);
}

/** Ids of the containers whose namespaces a container shares; with any other comes the one of users. */
export function donorsOf({ namespaces, network }: Pick<Config, 'namespaces' | 'network'>): string[] {
  const [ipc, pid] = [sharedWith(namespaces?.ipcMode ?? ''), sharedWith(namespaces?.pidMode ?? '')];
  const donors = [network.kind === 'container' ? network.id : undefined, ipc, pid];
  return [...new Set(donors.filter((id) => id !== undefined))];
}

function refuseConflicts({ security, namespaces, network }: Asked): void {
  if (security?.privileged) {
    throw invalidArgument(
      'privileged mode is incompatible with user namespaces: run the container in the user namespace of the host when it is privileged',
    );
  }
  if (network.kind === 'host') throw invalidArgument("cannot share the host's network namespace when user namespaces are enabled");
  if (namespaces?.pidMode === 'host') throw invalidArgument('cannot share the host PID namespace when user namespaces are enabled');
}
