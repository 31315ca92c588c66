import type { UpdateRequest } from '@arcbox/proto/arcbox/engine/v1/container';
import { parsePolicy } from './restart-policy.ts';
import type { Update } from './update.ts';
import { toLimits } from './wire.ts';

export function toUpdate({ limits, restartPolicy, memoryReservation, pidsLimit, cpusetCpus, cpusetMems, blkioWeight }: UpdateRequest): Update {
  return {
    limits: toLimits(limits),
    resources: { memoryReservation: Number(memoryReservation), pidsLimit: Number(pidsLimit), cpusetCpus, cpusetMems, blkioWeight },
    ...(restartPolicy ? { restart: parsePolicy(restartPolicy) } : {}),
  };
}
