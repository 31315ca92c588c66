import { resourceExhausted } from '@arcbox/errors';
import type { UnpackLimits } from './extract.ts';

/** The ratio counts only beyond this; bytes. */
const freeBytes = 2 ** 30;

/** Ends what unpacks to too much, while it unpacks: `plain` bytes so far from `packed` ones. */
export function refuseBomb(what: string, plain: number, packed: number, { maxBytes, maxRatio }: UnpackLimits): void {
  if (plain > maxBytes) throw resourceExhausted(`${what} unpacks to more than ${maxBytes} bytes`);
  if (plain > freeBytes && plain > packed * maxRatio)
    throw resourceExhausted(`${what} unpacks to more than ${maxRatio} times its size`);
}
