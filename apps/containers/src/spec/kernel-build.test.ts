import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { isBuiltWithout } from './kernel-build.ts';

const itWhere = existsSync('/proc/config.gz') || existsSync(`/boot/config-${release()}`) ? it : it.skip;

describe('what a kernel is built without', () => {
  itWhere('is what its configuration does not say', () => {
    expect(isBuiltWithout(['NO_SUCH_OPTION'], release())).toBe(true);
    expect(isBuiltWithout(['NO_SUCH_OPTION', 'CGROUPS'], release())).toBe(false);
  });
});
