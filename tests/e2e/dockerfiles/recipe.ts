/** A file of a context: its content, or more about it. Directories end in a slash. */
export type PlantedFile =
  | string
  | { readonly content?: string | Buffer; readonly mode?: number }
  | { readonly link: string }
  /** Another name of a file that stands before it. */
  | { readonly hardLink: string };

export interface Context {
  readonly [name: string]: PlantedFile;
}

/** A Dockerfile, what it needs, and who can build it. */
export interface Recipe {
  readonly name: string;
  readonly dockerfile: string;
  readonly context?: Context;
  readonly args?: { readonly [name: string]: string };
  readonly target?: string;
  /** Builders that it is compared with: both, unless the language of one lacks something. */
  readonly with?: readonly Reference[];
  /**
   * Lines of the tree that must be there whoever agrees: what no builder here
   * knows is compared with nothing else. `undefined`: no such file.
   */
  readonly expected?: { readonly [path: string]: string | undefined };
}

/** Builders of dockerd: the classic one, the classic one behind the docker command (which reads .dockerignore), and BuildKit. */
export type Reference = 'classic' | 'command' | 'buildkit';

/** All that a FROM of a recipe may name besides its stages. */
export const baseName = 'corpus-base:latest';
