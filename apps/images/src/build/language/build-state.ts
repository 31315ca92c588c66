import type { Platform } from '../../image/platform.ts';
import type { ImageSettings } from './image-settings.ts';
import type { Escape } from './instruction.ts';
import type { StageNames } from './origin.ts';

/** What the instructions of a stage can see from outside of it. */
export interface StageScope extends StageNames {
  readonly escape: Escape;
  /** What the user passed. */
  readonly buildArgs: ReadonlyMap<string, string>;
  /** ARGs before the first FROM and the platform's own: seen once an ARG in the stage names them. */
  readonly globalArgs: ReadonlyMap<string, string>;
}

/** A stage between two instructions. Never changed: each instruction makes the next one. */
export interface BuildState {
  readonly scope: StageScope;
  readonly platform: Platform;
  /** Fields of the image's document outside of `config`, as its base had them. */
  readonly document: { readonly [field: string]: unknown };
  readonly author: string;
  readonly settings: ImageSettings;
  /** ARGs in scope, in the order of their declaration; undefined when declared without any value. */
  readonly args: ReadonlyMap<string, string | undefined>;
  /** CMD stood in this stage: a later ENTRYPOINT leaves it. */
  readonly hasOwnCommand: boolean;
}
