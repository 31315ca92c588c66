import { type Collection, isAlive, type Store } from '@arcbox/store';

/** A volume is needed by a container that is not there yet, or does not run yet. */
export interface Claim {
  /** `volume/owner` */
  readonly id: string;
  readonly volume: string;
  /** Id of the container that is being made or started. */
  readonly owner: string;
  /** Process that makes or starts it, as `processIdentity`; empty when not known. */
  readonly holder?: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/**
 * Whoever has claimed keeps nobody from removing or replacing a volume for longer;
 * and whoever has died, for as long as others may need to see that what it started runs. Milliseconds.
 */
const [longest, afterDeath] = [10 * 60_000, 60_000];

/**
 * What keeps volumes between the look of a Create and its record, or of a Start
 * and the run. The caller holds the volume's lease.
 */
export class Claims {
  readonly #claims: Collection<Claim>;

  constructor(store: Store) {
    this.#claims = store.collection<Claim>('claims', { indexes: { volume: '$.volume', owner: '$.owner' } });
  }

  add(volume: string, owner: string, holder: string): void {
    this.#claims.put({ id: `${volume}/${owner}`, volume, owner, holder, at: Date.now() });
  }

  /**
   * Short ids of the containers that are being made or started with a volume. To be
   * asked before the containers worker is: who is no longer here then is known there.
   */
  ownersOf(volume: string): string[] {
    return this.#claims.findBy('volume', volume).filter(counts).map(({ owner }) => owner.slice(0, 12));
  }

  release(owner: string): void {
    for (const { id } of this.#claims.findBy('owner', owner)) this.#claims.delete(id);
  }

  forgetOld(): void {
    for (const claim of this.#claims.all()) if (!counts(claim)) this.#claims.delete(claim.id);
  }
}

function counts({ holder = '', at }: Claim): boolean {
  const age = Date.now() - at;
  return age < (holder === '' || isAlive(holder) ? longest : afterDeath);
}
