import type { Platform } from '../image/platform.ts';
import type { Reference } from '@arcbox/reference';

/** What to build and how. */
export interface BuildOptions {
  /** None makes an untagged image. */
  readonly tags: readonly Reference[];
  /** Path in the context; empty means `Dockerfile`. */
  readonly dockerfile: string;
  /** The Dockerfile itself, when it is not in the context. */
  readonly dockerfileContent?: Buffer;
  /** The list of what to leave out of the context, in place of those that are in it. */
  readonly dockerignore?: string;
  /** Stage; empty means the last. */
  readonly target: string;
  readonly args: ReadonlyMap<string, string>;
  /** Over those of the Dockerfile. */
  readonly labels: { readonly [name: string]: string };
  /** Absent: the host's. */
  readonly platform?: Platform;
  /** Execute every step. */
  readonly noCache: boolean;
  /** Ask the registry also for base images that are here. */
  readonly pull: boolean;
  readonly secrets: ReadonlyMap<string, Buffer>;
  /** Of RUN: empty or `default`, `none`, `host`, or a network's name. */
  readonly network: string;
  /** Registry host to what `parseCredentials` reads. */
  readonly auths: { readonly [host: string]: string };
  /** Lines for /etc/hosts of RUN: name to address. */
  readonly extraHosts: { readonly [name: string]: string };
}
