import type { Containers } from './containers-client.ts';
import type { Images } from './images-client.ts';
import type { Networks } from './networks-client.ts';
import type { Volumes } from './volumes-client.ts';

/** What this engine has, and how it is changed. */
export interface Targets {
  readonly images: Images;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly containers: Containers;
}
