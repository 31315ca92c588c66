import { execFileSync } from 'node:child_process';
import { lgetxattr } from '@arcbox/linux';

/** Files of all kinds, made by a script. */
export const plant = `
  mkdir -p d/empty; printf data > d/f; chown 5:6 d/f; chmod 4755 d/f; ln d/f d/hard; ln -s /nowhere d/link; mkfifo d/fifo; mknod d/null c 1 3
  truncate -s 8M d/sparse; printf end >> d/sparse; touch -d @1234567890.123456789 d/f; chmod 1711 d; chown 7:8 .; chmod 750 .; touch -d @1000000000 d`;

/** What can be seen of the files below a directory, a line each. */
export function survey(directory: string): string[] {
  const lines = execFileSync('sh', ['-c', `find . -exec stat -c '%n %f %u:%g %s %t:%T %h' {} +; stat -c '%n %.Y' d d/f; readlink d/link; sha256sum d/sparse`], {
    cwd: directory,
    encoding: 'utf8',
  });
  const colour = lgetxattr(`${directory}/d/f`, 'trusted.colour')?.toString() ?? 'none';
  return [...lines.trimEnd().split('\n').sort(), colour];
}

/** Bytes on disk. */
export function diskUse(path: string): number {
  return Number(execFileSync('du', ['-B1', path], { encoding: 'utf8' }).split('\t')[0]);
}
