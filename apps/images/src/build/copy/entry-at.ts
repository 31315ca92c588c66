import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import { entryOf, type TarEntry } from '@arcbox/tar';
import { type ByteName, textOf } from './byte-name.ts';

/** Opens a handle to the file itself, whatever it is: O_PATH. */
const handleOnly = 0o10000000 | constants.O_NOFOLLOW;

/** The entry of one file on its own, under a name of its own. */
export function entryAt(path: string | Buffer, name: ByteName): TarEntry {
  const descriptor = openSync(path, handleOnly);
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    const entry = entryOf({ name, stat, path: Buffer.from(path as string), content: `/proc/self/fd/${descriptor}` });
    if (!entry) throw invalidArgument(`${textOf(name)} is a socket: it cannot be copied`);
    return entry;
  } finally {
    closeSync(descriptor);
  }
}
