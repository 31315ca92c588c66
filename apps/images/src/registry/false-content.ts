import type { Digest } from '../image/digest.ts';
import type { BlobPlace } from './download.ts';

type Named = Pick<BlobPlace, 'name'>;

/** Which places have given something else than what was asked of them. */
export class FalseContent {
  /** Digest → who was asked for it last. */
  readonly #asked = new Map<Digest, string>();
  /** `<digest> <place>` */
  readonly #false = new Set<string>();

  noteAsked(digest: Digest, { name }: Named): void {
    this.#asked.set(digest, name);
  }

  /** The place that was asked last, or else would have been, has given something else: false when there is no other. */
  note(digest: Digest, places: readonly Named[]): boolean {
    const name = this.#asked.get(digest) ?? places[0]?.name;
    this.#false.add(`${digest} ${name}`);
    return places.some((place) => place.name !== name);
  }

  /** The places that have not; all of them when there is no other. */
  without<Place extends Named>(digest: Digest, places: Place[]): Place[] {
    const others = places.filter(({ name }) => !this.#false.has(`${digest} ${name}`));
    return others.length > 0 ? others : places;
  }
}
