import { closeSync, constants, openSync } from 'node:fs';
import { systemCall } from './system-call.ts';

const ioctlPointer = systemCall('ioctl', 'int ioctl(int descriptor, unsigned long request, const void *argument)');
const ioctlNumber = systemCall('ioctl', 'int ioctl(int descriptor, unsigned long request, long argument)');

/** ioctl_tty(2) */
const unlockPeer = 0x40045431;
const getPeer = 0x5441;
const setSize = 0x5414;

const closeOnExec = 0o2000000;

/** Rows and columns. */
export interface TerminalSize {
  readonly height: number;
  readonly width: number;
}

/** The two ends of a pseudo-terminal, as descriptors that the caller closes: pty(7). */
export interface Terminal {
  /** What a person's side reads and writes. */
  readonly master: number;
  /** What a program gets for its standard streams. */
  readonly slave: number;
}

export function openTerminal(size: TerminalSize): Terminal {
  const flags = constants.O_RDWR | constants.O_NOCTTY;
  const master = openSync('/dev/ptmx', flags);
  try {
    ioctlPointer(master, unlockPeer, Buffer.alloc(4));
    resizeTerminal(master, size);
    return { master, slave: ioctlNumber(master, getPeer, flags | closeOnExec) };
  } catch (error) {
    closeSync(master);
    throw error;
  }
}

/** Sets the size of the terminal that either end belongs to. Who reads it is not told: send SIGWINCH. */
export function resizeTerminal(descriptor: number, { height, width }: TerminalSize): void {
  const size = new Uint16Array([height, width, 0, 0]);
  ioctlPointer(descriptor, setSize, Buffer.from(size.buffer));
}
