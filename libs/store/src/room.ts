import { closeSync, constants, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { systemCall } from '@arcbox/linux';

const fallocate = systemCall('fallocate', 'int fallocate(int fd, int mode, int64_t offset, int64_t length)');

/** fallocate(2): FALLOC_FL_KEEP_SIZE */
const keepSize = 1;

/** More than the log of a store grows to before it begins anew, which is 1,000 pages; bytes. */
const logRoom = 6 * 1024 * 1024;

/** Pages of the file that are free for what is written beside; and how few are too few. */
const [fileRoom, fewPages] = [1024 * 1024, 64];

/**
 * Gives a store room of its own on the disk, in its log and in its file: whoever
 * stops and removes things on a disk that is full, to have room again, can write
 * that down. Where the disk is full already, or its file system cannot do it, there is none.
 */
export function keepRoom(db: DatabaseSync, file: string): void {
  try {
    const { freelist_count: free } = db.prepare('PRAGMA freelist_count').get() as { freelist_count: number };
    if (free < fewPages) {
      db.exec('CREATE TABLE IF NOT EXISTS room (filler BLOB) STRICT');
      db.exec(`INSERT INTO room VALUES (zeroblob(${fileRoom}))`);
      db.exec('DELETE FROM room; PRAGMA wal_checkpoint(PASSIVE)');
    }
    // The log is the one file of a store that SQLite puts no locks on: they would go when it is closed here.
    const log = openSync(`${file}-wal`, constants.O_RDWR);
    try {
      fallocate(log, keepSize, 0, logRoom);
    } finally {
      closeSync(log);
    }
  } catch (error) {
    if (!isNoRoom(error)) throw error;
  }
}

/** sqlite3.h: SQLITE_FULL */
const full = 13;

function isNoRoom(error: unknown): boolean {
  const { code, errcode } = error as NodeJS.ErrnoException & { errcode?: number };
  return errcode === full || ['ENOSPC', 'EDQUOT', 'EOPNOTSUPP', 'ENOSYS'].includes(code ?? '');
}
