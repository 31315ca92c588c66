import type { Collection, Store } from '@arcbox/store';
import { notFound } from '@arcbox/errors';
import type { UserNetworkOrder } from '../settings/network.ts';
import type { ContainerOrder } from '../settings/order.ts';
import type { VolumeOrder } from '../settings/volume.ts';
import type { Listener } from '../source/listener.ts';

/** What is to be brought over, and how. It does not change once it is made. */
export interface Plan {
  readonly id: string;
  /** As it was asked for. */
  readonly kind: string;
  readonly socket: string;
  /** Who answered there. Plans of older engines have none, and are made anew. */
  readonly listener?: Listener;
  /** Unix milliseconds. */
  readonly created: number;
  readonly images: readonly PlannedImage[];
  readonly volumes: readonly PlannedVolume[];
  readonly networks: readonly PlannedNetwork[];
  readonly containers: readonly PlannedContainer[];
  /** Ids of containers of the source that do not come. Plans of older engines do not know them. */
  readonly others?: readonly string[];
  /** What exists here and gives way, as `volume data`. */
  readonly replacements: readonly string[];
  readonly warnings: readonly string[];
  readonly unsupported: readonly string[];
}

export interface PlannedImage {
  /** As the source names it. */
  readonly id: string;
  /** Familiar form. */
  readonly tags: readonly string[];
  /** Bytes of its files. */
  readonly size: number;
  readonly diffIds: readonly string[];
}

export interface PlannedVolume {
  readonly order: VolumeOrder;
  /** Where its content is, as the source sees it. */
  readonly mountpoint: string;
  /** A container that has it, and where: nothing else is mounted below that. */
  readonly seenBy?: { readonly id: string; readonly path: string };
}

export interface PlannedNetwork {
  readonly order: UserNetworkOrder;
}

export interface PlannedContainer {
  /** As the source names it. */
  readonly id: string;
  /** Without slash. */
  readonly name: string;
  readonly imageId: string;
  readonly order: ContainerOrder;
  /** Names of containers that must be there before it is made. */
  readonly needs: readonly string[];
  /** Names of containers that are started before it is. */
  readonly after: readonly string[];
  readonly state: 'running' | 'paused' | 'stopped';
}

export type Plans = Collection<Plan>;

export const planCollection = (store: Store): Plans => store.collection<Plan>('plans');

export function findPlan(plans: Plans, id: string): Plan {
  const plan = plans.get(id);
  if (!plan) throw notFound(`no such migration plan: ${id}`);
  return plan;
}

