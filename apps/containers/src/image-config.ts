import { dataLoss } from '@arcbox/errors';

/** What a container takes from its image: OCI image specification, config.md. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly labels: { readonly [name: string]: string };
  readonly volumes: readonly string[];
  /** `80/tcp` */
  readonly exposed: readonly string[];
  readonly stopSignal?: string;
}

interface RawConfig {
  readonly config?: {
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
    readonly Labels?: { readonly [name: string]: string } | null;
    readonly Volumes?: object | null;
    readonly ExposedPorts?: object | null;
    readonly StopSignal?: string;
  };
}

export function parseImageConfig(raw: Uint8Array, image: string): ImageConfig {
  const { config = {} } = parse(raw, image);
  return {
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    env: config.Env ?? [],
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
    labels: config.Labels ?? {},
    volumes: Object.keys(config.Volumes ?? {}),
    exposed: Object.keys(config.ExposedPorts ?? {}).map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    stopSignal: config.StopSignal || undefined,
  };
}

function parse(raw: Uint8Array, image: string): RawConfig {
  try {
    return JSON.parse(Buffer.from(raw).toString('utf8')) as RawConfig;
  } catch (error) {
    throw dataLoss(`configuration of image ${image} is not valid JSON`, error);
  }
}
