import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf, eventually } from '@arcbox/testing';
import { silentLogger } from '@arcbox/log';
import { watchExits } from './exits.ts';

describeIf(['root', 'unshare'], 'watching for exits', () => {
  const top = mkdtempSync(join(tmpdir(), 'exits-'));
  afterAll(() => rmSync(top, { recursive: true }));

  it('hears of what has its final name', async () => {
    const [id, heard] = [randomBytes(32).toString('hex'), [] as string[]];
    using _watch = watchExits(top, silentLogger, (name) => heard.push(name));
    writeFileSync(join(top, `${id}.tmp`), '0');
    renameSync(join(top, `${id}.tmp`), join(top, id));
    await eventually(() => expect(heard).toContain(id));
    expect(heard.every((name) => name === id)).toBe(true);
  });

  it('is done without where the kernel gives no more watches', () => {
    const script = `
      import { watchExits } from ${JSON.stringify(join(import.meta.dirname, 'exits.ts'))};
      const said = [];
      watchExits(${JSON.stringify(top)}, { warn: (_, text) => said.push(text) }, () => {})[Symbol.dispose]();
      console.log(said.join());`;
    // In a user namespace of its own the limit is nobody else's.
    const noWatches = 'echo 0 > /proc/sys/user/max_inotify_instances && exec "$0" --input-type=module --eval "$1"';
    const args = ['--user', '--map-root-user', 'sh', '-c', noWatches, process.execPath, script];
    expect(execFileSync('unshare', args, { encoding: 'utf8', timeout: 30_000 })).toContain('watching for exits failed');
  });
});
