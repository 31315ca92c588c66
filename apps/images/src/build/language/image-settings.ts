import { asObject, textFields } from '../../image/manifest.ts';
import type { Healthcheck } from './instruction.ts';

/** The `config` object of an image: OCI image specification, config.md, and what Docker adds. */
export interface ImageSettings {
  readonly user: string;
  readonly env: readonly string[];
  /** Absent: none. Empty: none, and said so. */
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** Empty: `/`. */
  readonly workingDir: string;
  readonly labels: { readonly [name: string]: string };
  /** `port/protocol` */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal: string;
  /** As it stands in a base, or as HEALTHCHECK says. */
  readonly healthcheck?: Healthcheck | { readonly [field: string]: unknown };
  readonly onBuild: readonly string[];
  readonly shell?: readonly string[];
  /** Fields that no instruction knows. */
  readonly others: { readonly [field: string]: unknown };
}

const known = new Set([
  'User',
  'Env',
  'Cmd',
  'Entrypoint',
  'WorkingDir',
  'Labels',
  'ExposedPorts',
  'Volumes',
  'StopSignal',
  'Healthcheck',
  'OnBuild',
  'Shell',
]);

/** Reads a `config` object; what is absent or of the wrong shape is empty. */
export function readSettings(config: unknown): ImageSettings {
  const fields = asObject(config);
  return {
    user: text(fields['User']),
    env: texts(fields['Env']) ?? [],
    cmd: texts(fields['Cmd']),
    entrypoint: texts(fields['Entrypoint']),
    workingDir: text(fields['WorkingDir']),
    labels: textFields(fields['Labels']),
    exposedPorts: Object.keys(asObject(fields['ExposedPorts'])),
    volumes: Object.keys(asObject(fields['Volumes'])),
    stopSignal: text(fields['StopSignal']),
    healthcheck: fields['Healthcheck'] == null ? undefined : asObject(fields['Healthcheck']),
    onBuild: texts(fields['OnBuild']) ?? [],
    shell: texts(fields['Shell']),
    others: Object.fromEntries(Object.entries(fields).filter(([name]) => !known.has(name))),
  };
}

/** The `config` object again: fields in one order, empty ones left out. */
export function writeSettings(settings: ImageSettings): Record<string, unknown> {
  const fields = {
    User: settings.user,
    ExposedPorts: asSet(settings.exposedPorts),
    Env: settings.env,
    Entrypoint: settings.entrypoint,
    Cmd: settings.cmd,
    Volumes: asSet(settings.volumes),
    WorkingDir: settings.workingDir,
    Labels: sorted(settings.labels),
    StopSignal: settings.stopSignal,
    Healthcheck: settings.healthcheck,
    OnBuild: settings.onBuild,
    Shell: settings.shell,
    ...settings.others,
  };
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => !(known.has(name) && isEmpty(value))));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

const asSet = (names: readonly string[]): Record<string, object> =>
  Object.fromEntries([...names].sort().map((name) => [name, {}]));

const sorted = (labels: { readonly [name: string]: string }): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const texts = (value: unknown): string[] | undefined =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
