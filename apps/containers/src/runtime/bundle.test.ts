import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OciSpec } from '../spec/oci.ts';
import { Bundle } from './bundle.ts';

describe('the bundle of a run', () => {
  const top = mkdtempSync(join(tmpdir(), 'bundle-'));
  afterAll(() => rmSync(top, { recursive: true }));

  it('tells its cgroup, whatever annotations are called', () => {
    const bundle = new Bundle(join(top, 'run'));
    expect(bundle.cgroup).toBeUndefined();
    bundle.create({ annotations: { cgroupsPath: '/of/somebody/else' }, linux: { cgroupsPath: '/arcbox/a' } } as unknown as OciSpec);
    expect(bundle.cgroup).toBe('/arcbox/a');
  });

  it('that was not written to its end tells none', () => {
    const bundle = new Bundle(join(top, 'cut'));
    mkdirSync(bundle.path);
    writeFileSync(join(bundle.path, 'config.json'), '{"linux":{"cgroupsPath":"/arc');
    expect(bundle.cgroup).toBeUndefined();
  });
});
