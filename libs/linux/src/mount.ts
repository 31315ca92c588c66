import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCall } from './system-call.ts';

/** mount(2) */
export const MountFlag = {
  readonly: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  remount: 32,
  bind: 4096,
  recursive: 16384,
  private: 1 << 18,
} as const;

export interface MountSpec {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  /** Flags as in `MountFlag`, or-ed. */
  readonly flags?: number;
  /** Data for the file system, comma separated. */
  readonly data?: string;
}

/** One page, with its final zero: the most that mount(2) takes. */
const maxData = 4095;

const mountCall = systemCall(
  'mount',
  'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
);
const unmountCall = systemCall('umount2', 'int umount2(const char *target, int flags)');

/** umount2(2): detach now, finish when nobody uses it. */
const detach = 2;

/**
 * Mounts. Overlay options longer than a page are shortened by naming the parent
 * of the lowest directory, which most others have too, through a descriptor.
 */
export function mount(spec: MountSpec): void {
  const data = spec.data ?? '';
  if (Buffer.byteLength(data) <= maxData) {
    mountCall(spec.source, spec.target, spec.type, spec.flags ?? 0, data);
    return;
  }
  const parent = dirname(/lowerdir=(?:[^:,]*:)*([^:,]+)/.exec(data)?.[1] ?? '/');
  const descriptor = openSync(parent, 'r');
  try {
    const short = data.replaceAll(`${parent}/`, `/proc/self/fd/${descriptor}/`);
    if (Buffer.byteLength(short) > maxData) throw new Error(`mount ${spec.target}: options are longer than a page`);
    mountCall(spec.source, spec.target, spec.type, spec.flags ?? 0, short);
  } finally {
    closeSync(descriptor);
  }
}

/** Unmounts, lazily when it is busy; what is not mounted or not there is fine. */
export function unmount(target: string): void {
  try {
    unmountCall(target, detach);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EINVAL' && code !== 'ENOENT') throw error;
  }
}

/** Mount points of this process's namespace, in mount order: proc(5), mountinfo field 5. */
export function readMounts(): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))));
}

export function isMounted(target: string): boolean {
  return readMounts().includes(target);
}
