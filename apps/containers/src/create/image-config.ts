import { dataLoss } from '@arcbox/errors';
import type { ImageHealth } from '../health/health-check.ts';

/** What a container takes from its image: OCI image specification, config.md. */
export interface ImageConfig extends ImageHealth {
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
  /** Ids of its layers, the lowest first. */
  readonly diffIds: readonly string[];
}

type Fields = { readonly [name: string]: unknown };

/** Whoever made the image wrote it: what is not of the type that it should be is taken as not there. */
export function parseImageConfig(raw: Uint8Array, image: string): ImageConfig {
  const document = parse(raw, image);
  const config = fieldsOf(document['config']);
  return {
    entrypoint: texts(config['Entrypoint']),
    cmd: texts(config['Cmd']),
    env: texts(config['Env']),
    workingDir: text(config['WorkingDir']),
    user: text(config['User']),
    labels: Object.fromEntries(Object.entries(fieldsOf(config['Labels'])).filter((entry): entry is [string, string] => isText(entry[1]))),
    volumes: Object.keys(fieldsOf(config['Volumes'])),
    exposed: Object.keys(fieldsOf(config['ExposedPorts'])).map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    stopSignal: text(config['StopSignal']) || undefined,
    diffIds: texts(fieldsOf(document['rootfs'])['diff_ids']),
    healthCheck: healthCheckOf(fieldsOf(config['Healthcheck'])),
    shell: texts(config['Shell']),
  };
}

function healthCheckOf(fields: Fields): ImageHealth['healthCheck'] {
  const test = texts(fields['Test']);
  if (test.length === 0) return undefined;
  return {
    test,
    interval: count(fields['Interval']),
    timeout: count(fields['Timeout']),
    startPeriod: count(fields['StartPeriod']),
    startInterval: count(fields['StartInterval']),
    retries: count(fields['Retries']),
  };
}

function parse(raw: Uint8Array, image: string): Fields {
  try {
    return fieldsOf(JSON.parse(Buffer.from(raw).toString('utf8')));
  } catch (error) {
    throw dataLoss(`configuration of image ${image} is not valid JSON`, error);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const text = (value: unknown): string => (isText(value) ? value : '');
const count = (value: unknown): number => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isText) : []);
const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {});
