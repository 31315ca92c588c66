import { unimplemented } from '@arcbox/errors';
import type { CreateOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Wish } from '../create/create.ts';
import { readHealthCheck } from '../health/health-wire.ts';
import { isolationFields, readIsolation } from './isolation-wire.ts';
import { networkingFields, readNetworking } from './networking-wire.ts';
import { readLog, readResources, resourceOptions } from './resources-wire.ts';
import { parsePolicy } from '../supervise/restart-policy.ts';

const supported: readonly string[] = ['restartPolicy', 'healthCheck', ...resourceOptions, ...isolationFields, ...networkingFields];

/** The options that arcbox.v1 has no field for. What is not done yet is refused, never dropped. */
export function readOptions(options: CreateOptions | undefined): Pick<Wish, 'restart' | 'healthCheck' | 'resources' | 'isolation' | 'log' | 'networking'> {
  const given = Object.entries(options ?? {}).filter(([, value]) => isGiven(value));
  const [missing] = given.filter(([name]) => !supported.includes(name));
  if (missing) throw unimplemented(`option ${snakeCase(missing[0])} is not implemented yet`);
  return {
    restart: parsePolicy(options?.restartPolicy),
    healthCheck: readHealthCheck(options?.healthCheck),
    resources: readResources(options),
    ...(options ? { isolation: readIsolation(options) } : {}),
    log: readLog(options),
    ...(options ? { networking: readNetworking(options) } : {}),
  };
}

function isGiven(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== '' && value !== false && value !== 0 && value !== 0n;
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
