import { dataLoss } from '@arcbox/errors';
import { type Digest, isDigest } from './digest.ts';
import { asObject, parseObject, parsePlatformFields, textFields } from './manifest.ts';
import type { Platform } from './platform.ts';

/** The configuration of an image: OCI image specification, config.md, and what Docker adds. */
export interface ImageConfig {
  readonly platform: Platform;
  readonly osVersion: string;
  /** RFC 3339; empty when it does not say. */
  readonly created: string;
  readonly author: string;
  readonly comment: string;
  /** Lowest first. */
  readonly diffIds: readonly Digest[];
  readonly process: ProcessDefaults;
}

/** What a container takes from its image unless told otherwise. */
export interface ProcessDefaults {
  readonly hostname: string;
  readonly domainname: string;
  readonly user: string;
  readonly env: readonly string[];
  readonly cmd: readonly string[];
  readonly entrypoint: readonly string[];
  readonly workingDir: string;
  readonly labels: { readonly [name: string]: string };
  /** `port/protocol` */
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
}

/** A step of the making of an image: OCI image specification, config.md, `history`. */
export interface HistoryRecord {
  /** RFC 3339; empty when it does not say. */
  readonly created: string;
  readonly createdBy: string;
  readonly comment: string;
  /** It made no layer. */
  readonly isEmpty: boolean;
}

/** Larger configurations are refused; bytes. */
export const maxConfig = 8 * 1024 * 1024;

/** Reads a configuration; DATA_LOSS when it is broken. */
export function parseImageConfig(content: Uint8Array, name: string): ImageConfig {
  const document = parseObject(content, `${name}: image configuration`);
  const { diff_ids: diffIds } = asObject(document['rootfs']);
  const ids: unknown[] = Array.isArray(diffIds) ? diffIds : [];
  if (!ids.every((id): id is string => typeof id === 'string' && isDigest(id))) {
    throw dataLoss(`${name}: the image configuration holds a broken diff id`);
  }
  return {
    platform: parsePlatformFields(document),
    osVersion: text(document['os.version']),
    created: text(document['created']),
    author: text(document['author']),
    comment: text(document['comment']) || lastComment(document['history']),
    diffIds: ids,
    process: parseProcess(asObject(document['config'])),
  };
}

/** The steps of a configuration, oldest first. */
export function parseHistory(content: Uint8Array, name: string): HistoryRecord[] {
  const { history } = parseObject(content, `${name}: image configuration`);
  const steps: unknown[] = Array.isArray(history) ? history : [];
  return steps.map(asObject).map((step) => ({
    created: text(step['created']),
    createdBy: text(step['created_by']),
    comment: text(step['comment']),
    isEmpty: step['empty_layer'] === true,
  }));
}

function parseProcess(config: Record<string, unknown>): ProcessDefaults {
  return {
    hostname: text(config['Hostname']),
    domainname: text(config['Domainname']),
    user: text(config['User']),
    env: texts(config['Env']),
    cmd: texts(config['Cmd']),
    entrypoint: texts(config['Entrypoint']),
    workingDir: text(config['WorkingDir']),
    labels: textFields(config['Labels']),
    exposedPorts: Object.keys(asObject(config['ExposedPorts'])),
    volumes: Object.keys(asObject(config['Volumes'])),
  };
}

function lastComment(history: unknown): string {
  return Array.isArray(history) ? text(asObject(history.at(-1))['comment']) : '';
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
