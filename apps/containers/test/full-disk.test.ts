import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { needs, run, startEngine } from './engine.ts';

describeIf(needs, 'on a full disk', () => {
  it('containers are stopped, killed and removed: nothing else makes room', async () => {
    await using engine = await startEngine({ size: '96m' });
    const { containers, root } = engine;
    const ids = await Promise.all([1, 2, 3].map(async () => (await run(engine, ['sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.01; done'])).id));
    const [stopped = '', killed = '', removed = ''] = ids;
    const { id: full } = await run(engine, ['sh', '-c', 'cat /dev/zero > /big']);
    await containers.wait({ id: full });
    const free = (): number => Number(execFileSync('stat', ['-f', '-c', '%a', root.path], { encoding: 'utf8' }));
    execFileSync('sh', ['-c', 'cat /dev/zero > filler || true'], { cwd: root.path, stdio: 'ignore' });
    expect(free()).toBe(0);
    await expect(containers.start({ id: full })).rejects.toThrow();
    await containers.stop({ id: stopped, timeout: 5 });
    await containers.kill({ id: killed });
    await containers.wait({ id: killed });
    await containers.remove({ id: removed, force: true });
    expect((await containers.inspect({ id: stopped })).state?.status).toBe('exited');
    expect(free()).toBeLessThan(1000);
    await containers.remove({ id: full });
    expect(free()).toBeGreaterThan(1000);
    expect(existsSync(join(root.path, 'containers', removed))).toBe(false);
    await containers.start({ id: stopped });
  });
});
