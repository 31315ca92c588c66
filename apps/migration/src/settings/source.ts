import { type Json, objectsOf, textOf } from './json.ts';

/** Who answers at a socket. They tell the same things a little differently. */
export type Source = 'docker' | 'podman';

/** The network of those who name none. */
export const usualNetwork: Readonly<Record<Source, string>> = { docker: 'bridge', podman: 'podman' };

/** Of the answer of `GET /version`. */
export function sourceOf(version: Json): Source {
  return objectsOf(version['Components']).some(({ Name }) => /podman/i.test(textOf(Name))) ? 'podman' : 'docker';
}
