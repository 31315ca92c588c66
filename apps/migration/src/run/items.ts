import type { Collection, Store } from '@arcbox/store';
import type { UserNetworkOrder } from '../settings/network.ts';

/** What a run has done to one thing, noted before it does it: enough to go on after a crash, and to undo it. */
export type Item = SourceItem | AsideItem | StoreItem | ImageItem | VolumeItem | NetworkItem | ContainerItem;

interface Common {
  /** `plan/kind/name` */
  readonly id: string;
  readonly plan: string;
  readonly name: string;
  /** Nothing is left to be done to it in its phase. */
  readonly isDone: boolean;
}

/** A container of the source, which is stopped when it runs; its name is its id there. */
export interface SourceItem extends Common {
  readonly kind: 'source';
  readonly was: 'running' | 'paused' | 'stopped';
  /** When it was started the last time before it was stopped, as the source tells it: with another one it has run since. */
  readonly started?: string;
}

/** A container that was here and makes room. */
export interface AsideItem extends Common {
  readonly kind: 'aside';
  readonly container: string;
  readonly was: 'running' | 'paused' | 'stopped';
}

/** Ids of all images that were here before. */
export interface StoreItem extends Common {
  readonly kind: 'store';
  readonly ids: readonly string[];
}

/** An image; its name is its id at the source. */
export interface ImageItem extends Common {
  readonly kind: 'image';
  /** By the source's id. Where the source writes another configuration, it may have been here by its own. */
  readonly wasHere: boolean;
  /** Tag to the id of the image that had it before; empty when there was none. */
  readonly before: { readonly [tag: string]: string };
  /** Tags that keep those images until the end. */
  readonly kept: { readonly [tag: string]: string };
  /** What it is called here, once it is. */
  readonly localId?: string;
}

export interface VolumeItem extends Common {
  readonly kind: 'volume';
  /** There was one of this name. */
  readonly wasHere: boolean;
  /** Volume that is filled and then exchanged with the one of this name. None for a mount, which is made as it is. */
  readonly aside?: string;
  /** Age of what has come: it is where that is. */
  readonly created?: string;
  /** The source may have written to it since it was read. */
  readonly isStale?: boolean;
}

export interface NetworkItem extends Common {
  readonly kind: 'network';
  /** What was there and is made again when this is undone. */
  readonly before?: { readonly id: string; readonly order: UserNetworkOrder };
  /** Id of the new one, once it is heard of. */
  readonly network?: string;
  /** It is what was wanted, and stays. */
  readonly isReused: boolean;
  /** Others have its subnets here: it gets some that are free. */
  readonly isElsewhere?: boolean;
}

export interface ContainerItem extends Common {
  readonly kind: 'container';
  readonly container?: string;
  /** From when it is about to be started. */
  readonly isStarted?: boolean;
}

type OfKind<Kind extends Item['kind']> = Extract<Item, { kind: Kind }>;

/** What one run has done, in the store. */
export class Items {
  readonly #items: Collection<Item>;
  readonly #plan: string;

  constructor(store: Store, plan: string) {
    this.#items = store.collection<Item>('items', { indexes: { plan: '$.plan' } });
    this.#plan = plan;
  }

  get<Kind extends Item['kind']>(kind: Kind, name: string): OfKind<Kind> | undefined {
    return this.#items.get(this.#idOf(kind, name)) as OfKind<Kind> | undefined;
  }

  /** In the order in which they were begun. */
  all<Kind extends Item['kind']>(kind: Kind): OfKind<Kind>[] {
    return this.#items.findBy('plan', this.#plan).filter((item): item is OfKind<Kind> => item.kind === kind);
  }

  put<Kind extends Item['kind']>(item: Omit<OfKind<Kind>, 'id' | 'plan'> & { kind: Kind; name: string }): OfKind<Kind> {
    const whole = { ...item, id: this.#idOf(item.kind, item.name), plan: this.#plan } as unknown as OfKind<Kind>;
    this.#items.put(whole);
    return whole;
  }

  isEmpty(): boolean {
    return this.#items.findBy('plan', this.#plan).length === 0;
  }

  forget({ kind, name }: Pick<Item, 'kind' | 'name'>): void {
    this.#items.delete(this.#idOf(kind, name));
  }

  forgetAll(): void {
    for (const { id } of this.#items.findBy('plan', this.#plan)) this.#items.delete(id);
  }

  #idOf(kind: Item['kind'], name: string): string {
    return `${this.#plan}/${kind}/${name}`;
  }
}
