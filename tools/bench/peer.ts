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
  /** A short call to a worker, through the gateway or past it; undefined where there is no such thing. */
  readonly unary?: (way: 'gateway' | 'direct') => Promise<void>;
  /** Asks for a picture that it knows; undefined where there is no such thing. */
  readonly icon?: () => Promise<void>;
  /** Where its gateway and its bus are reached; undefined where there is nothing to compare. */
  readonly events?: { readonly socket: string; readonly natsUrl: string };
  /** Process ids of the engine and of what looks after its containers; undefined where nothing runs. */
  readonly processes?: () => ReadonlyMap<string, number>;
  /** What its API and its command can do with containers that stay; undefined where it has none. */
  readonly containers?: PeerContainers;
}

/** Containers are named by id. */
export interface PeerContainers {
  create(reference: string, cmd: readonly string[]): Promise<string>;
  start(id: string): Promise<void>;
  /** Kills it if it runs. */
  remove(id: string): Promise<void>;
  /** How many there are. */
  readonly list?: () => Promise<number>;
  /** `ps -a` */
  listByCommand(): Promise<void>;
  /** Runs `true` in it, and learns its exit code. */
  readonly exec?: (id: string) => Promise<void>;
  execByCommand(id: string): Promise<void>;
  /** Bytes of its whole log; `follow` until it has ended. The log was made without a bound. */
  readonly logBytes?: (id: string, follow: boolean) => Promise<number>;
}
