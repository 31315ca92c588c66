import { readFileSync } from 'node:fs';

/** Numbers of the signals that a process was sent and has not taken; none when it is gone. proc(5): SigPnd, ShdPnd. */
export function pendingSignals(pid: number): Set<number> {
  const masks = [...statusOf(pid).matchAll(/^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)$/gm)].map(([, mask]) => BigInt(`0x${mask}`));
  const pending = masks.reduce((sum, mask) => sum | mask, 0n);
  return new Set(Array.from({ length: 64 }, (_, bit) => bit + 1).filter((signal) => (pending >> BigInt(signal - 1)) & 1n));
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
