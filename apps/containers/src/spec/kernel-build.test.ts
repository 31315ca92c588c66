import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isBuiltWithout } from './kernel-build.ts';

const text = 'CONFIG_CGROUPS=y\nCONFIG_LOOP=m\n# CONFIG_X86_X32_ABI is not set\nCONFIG_X86_X32_ABI_OTHER=y\n';

describe('what a kernel is built without', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'abx-kernel-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is what its configuration does not say, compressed or not', () => {
    const [compressed, plain] = [join(directory, 'config.gz'), join(directory, 'config')];
    writeFileSync(compressed, gzipSync(text));
    writeFileSync(plain, text);
    for (const files of [[compressed], [join(directory, 'none'), plain]]) {
      expect(isBuiltWithout(['X86_X32_ABI', 'X86_X32'], '', files)).toBe(true);
      for (const option of ['CGROUPS', 'LOOP']) expect(isBuiltWithout(['X86_X32', option], '', files)).toBe(false);
    }
  });

  it('is not known where it cannot be read', () => {
    expect(isBuiltWithout(['X86_X32'], '', [join(directory, 'none')])).toBe(false);
  });
});
