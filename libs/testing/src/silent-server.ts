import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { mount, unmount } from '@arcbox/linux';

/** Whether this kernel can have one. */
export const canBeSilent = (): boolean => readFileSync('/proc/filesystems', 'utf8').includes('\tfuse\n');

/**
 * A file system at `directory` that never answers, as one of a dead server: whoever
 * looks at it waits. Disposing lets them go.
 */
export function mountSilent(directory: string): Disposable {
  const device = openSync('/dev/fuse', constants.O_RDWR);
  try {
    mount({ type: 'fuse', source: 'silent', target: directory, data: `fd=${device},rootmode=40000,user_id=0,group_id=0` });
  } catch (error) {
    closeSync(device);
    throw error;
  }
  return {
    [Symbol.dispose]() {
      closeSync(device);
      unmount(directory);
    },
  };
}
