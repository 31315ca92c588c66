import { describeIf } from '@arcbox/testing';
import { needs, output, startEngine } from './engine.ts';

const script = `
grep -E '^(CapBnd|Seccomp):' /proc/self/status
unshare -U true 2>&1
unshare -m true 2>&1
mount -t tmpfs none /tmp 2>&1
mknod /disk b 254 0 && head -c 1 /disk 2>&1
touch /sys/kernel/x 2>&1
(echo 1 > /proc/sys/kernel/panic) 2>&1
for fd in /proc/self/fd/*; do echo \${fd##*/}; done | sort -n | tail -1
`;

describeIf(needs, 'a container with default options', () => {
  it('has what Docker gives it, and no more', async () => {
    await using engine = await startEngine();
    const said = await output(engine, ['sh', '-c', script]);
    expect(said).toMatch(/^CapBnd:\s*00000000a80425fb\nSeccomp:\s*2\n/);
    expect(said.match(/Operation not permitted|permission denied \(are you root\?\)/g)?.length).toBeGreaterThanOrEqual(4);
    expect(said.match(/Read-only file system/g)).toHaveLength(2);
    expect(said).not.toMatch(/applet not found/);
    // Its shell has the directory open while it reads it.
    expect(Number(said.trim().split('\n').at(-1))).toBeLessThanOrEqual(3);
  });

  it('cannot get at directories of the host through descriptors of its makers', async () => {
    await using engine = await startEngine();
    for (const fd of [3, 7, 8, 9]) {
      await expect(output(engine, ['ls'], { workingDir: `/proc/self/fd/${fd}` })).rejects.toThrow(/FAILED_PRECONDITION/);
    }
  });
});
