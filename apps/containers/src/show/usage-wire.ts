import type { ContainerUsage } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Container } from '../record/container.ts';
import { parseNano } from '../record/time.ts';
import { argumentsOf } from '../spec/command.ts';
import { statusText } from './status-text.ts';

/** `size` is in bytes of disk, `nowMs` in Unix milliseconds. */
export function toUsage(container: Container, size: number, nowMs: number): ContainerUsage {
  const { id, name, config, status } = container;
  return {
    id,
    name,
    image: config.image.reference,
    state: status.state,
    size: BigInt(size),
    volumes: [...new Set(config.mounts.flatMap(({ volume }) => volume ?? []))],
    created: parseNano(config.created) / 1_000_000_000n,
    command: argumentsOf(config).join(' '),
    status: statusText(container, nowMs),
  };
}
