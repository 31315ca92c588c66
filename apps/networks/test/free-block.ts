import { randomInt } from 'node:crypto';

/** Blocks of one process of jest. */
const share = 60;

/** `10.<number>.0.0/16`, with the two after it: blocks that no test file uses which runs at the same time. */
export function freeBlock(): number {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 1) % 3;
  return 64 + worker * share + randomInt(share - 2);
}
