/** An engine under measurement, private to this run. */
export interface Peer extends AsyncDisposable {
  readonly name: string;
  readonly version: string;
  /** Makes sure that `reference` is there. */
  prepare(reference: string): Promise<void>;
  /** Create, start, wait, remove a container that runs `true`, through the engine's own API; undefined where it has none. */
  readonly lifecycle?: (reference: string) => Promise<void>;
  /** The same through the engine's command line: `run --rm`. */
  runCommand(reference: string): Promise<void>;
  /** Pulls and unpacks `reference`. */
  pull(reference: string): Promise<void>;
  /** Gives an image that is there another name. */
  tag(reference: string, name: string): Promise<void>;
  /** Pushes `name`. */
  push(name: string): Promise<void>;
  /** Builds the directory by the engine's command and names the image; undefined where it cannot build. */
  readonly build?: (directory: string, name: string) => Promise<void>;
  /** Removes the image and everything of it. */
  forget(reference: string): Promise<void>;
}
