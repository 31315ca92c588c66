import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { systemCall } from '@arcbox/linux';

const mkfifo = systemCall('mkfifo', 'int mkfifo(const char *path, unsigned int mode)');

/** A fifo that only the conmon of a run holds open for writing: whoever reads it learns of its end at once, however it ends. */
export class LifeLine {
  readonly #file: string;

  constructor(bundle: string) {
    this.#file = join(bundle, 'alive');
  }

  /** Makes it. The descriptor is for conmon to inherit, and the caller's to close. */
  lay(): number {
    mkfifo(this.#file, 0o600);
    return openSync(this.#file, constants.O_RDWR);
  }

  /** Calls `ring` once when its conmon has ended. Undefined where there is none. Disposing ends the waiting. */
  watch(isAlive: () => boolean, ring: () => void): Disposable | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(this.#file, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const line = new Socket({ fd: descriptor, readable: true, writable: false });
    line.on('error', () => {}).once('close', ring).resume().unref();
    // Of one that has ended before the fifo was opened the kernel does not tell.
    if (!isAlive()) line.destroy();
    return { [Symbol.dispose]: () => void line.off('close', ring).destroy() };
  }
}
