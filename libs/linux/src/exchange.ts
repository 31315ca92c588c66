import { systemCall } from './system-call.ts';

const renameat2 = systemCall(
  'renameat2',
  'int renameat2(int fromDirectory, const char *from, int toDirectory, const char *to, unsigned int flags)',
);

/** AT_FDCWD and RENAME_EXCHANGE: rename(2) */
const currentDirectory = -100;
const exchangeFlag = 2;

/** Two files or directories take each other's place, at once: both are always there. */
export function exchange(one: string, other: string): void {
  renameat2(currentDirectory, one, currentDirectory, other, exchangeFlag);
}
