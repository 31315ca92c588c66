import { systemCall } from './system-call.ts';

const ioctl = systemCall('ioctl', 'int ioctl(int descriptor, unsigned long request, void *argument)');

/** ioctl_tty(2), pipe(7): FIONREAD */
const countUnread = 0x541b;

/** Bytes in a pipe that nobody has read yet; either end will do. */
export function unreadBytes(descriptor: number): number {
  const count = Buffer.alloc(4);
  ioctl(descriptor, countUnread, count);
  return count.readInt32LE();
}
