import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../engine.ts';
import type { Source } from '../migration/source.ts';

/** What making them needs of the machine, beside Debian's archive. */
export const needsOfImages = ['mmdebstrap', 'tar'];

export const images = { database: 'wordpress/database:1', web: 'wordpress/web:1' };

/** Images of MariaDB and of Apache with PHP and WordPress, both on one of Debian 12, of packages of Debian. */
export async function buildImages(source: Source, directory: string): Promise<void> {
  const base = join(directory, 'debian');
  mkdirSync(base, { recursive: true });
  const made = await runCommand('mmdebstrap', ['--quiet', '--mode=root', '--variant=minbase', 'bookworm', base]);
  if (made.code !== 0) throw new Error(made.stderr);
  await source.image('debian:12', base, 'CMD ["bash"]');
  await Promise.all(
    (['database', 'web'] as const).map((name) => source.ok('build', '--network', 'host', '--tag', images[name], join(import.meta.dirname, name))),
  );
}
