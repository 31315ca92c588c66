import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '@arcbox/config';
import { describeIf, temporaryRoot } from '@arcbox/testing';
import { prepareDirectories } from './directories.ts';

describeIf(['root'], 'directories of a worker', () => {
  it('are those of root before an unprivileged worker can take their names', async () => {
    await using root = temporaryRoot();
    const { paths } = root;
    const config: Config = { worker: 'gateway', replica: 'gateway-0', paths, natsUrl: '', logLevel: 'silent', user: 'nobody' };
    prepareDirectories(config);
    const modes = ['containers', 'runc', 'exits', 'networks', 'netns'].map((name) => (lstatSync(join(paths.run, name)).mode & 0o777).toString(8));
    expect(modes).toEqual(['700', '700', '700', '700', '711']);

    const taken = join(paths.run, 'containers');
    rmSync(taken, { recursive: true });
    mkdirSync(join(root.path, 'elsewhere'));
    symlinkSync(join(root.path, 'elsewhere'), taken);
    expect(() => prepareDirectories(config)).toThrow(`not a directory of root: ${taken}`);
  });
});
