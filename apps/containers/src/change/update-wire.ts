import type { UpdateRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import { parsePolicy } from '../supervise/restart-policy.ts';
import type { Update } from './update.ts';
import { toLimits } from '../wire.ts';

export function toUpdate(request: UpdateRequest): Update {
  const { memoryReservation, pidsLimit, cpusetCpus, cpusetMems, blkioWeight } = request;
  return {
    limits: toLimits(request.limits),
    resources: { memoryReservation: Number(memoryReservation), pidsLimit: Number(pidsLimit), cpusetCpus, cpusetMems, blkioWeight },
    ...(request.restartPolicy ? { restart: parsePolicy(request.restartPolicy) } : {}),
  };
}
