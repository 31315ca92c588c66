import { randomInt } from 'node:crypto';

/** The beginning of a subnet of 256 addresses that nobody else is likely to have; podman's first network is 10.88.0.0/16. */
export const block = (): string => `10.${randomInt(140, 250)}.${randomInt(1, 250)}`;
