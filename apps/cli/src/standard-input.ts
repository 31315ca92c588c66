import { DetachKeys } from './detach-keys.ts';

/** Where our standard input goes. */
export interface InputTarget {
  /** Resolves with false when nothing more is wanted. */
  send(data: Buffer): Promise<boolean>;
  /** Standard input has ended. */
  end(): void;
}

/** Passes standard input on to its end, or until the keys that detach were typed; none never are. */
export async function pumpInput(target: InputTarget, detachKeys: readonly number[]): Promise<'end' | 'detach'> {
  const keys = detachKeys.length > 0 ? new DetachKeys(detachKeys) : undefined;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      const { data, detach } = keys ? keys.take(chunk) : { data: chunk, detach: false };
      const open = data.length === 0 || (await target.send(data));
      if (detach) return 'detach';
      if (!open) break;
    }
  } catch {
    // An input that cannot be read is one that has ended.
  }
  target.end();
  return 'end';
}

/** Tells the size of our terminal now and whenever it changes, until disposed; nothing where there is none. */
export function followTerminalSize(tell: (size: { height: number; width: number }) => void): Disposable {
  if (!process.stdout.isTTY) return { [Symbol.dispose]() {} };
  const listener = (): void => tell({ height: process.stdout.rows, width: process.stdout.columns });
  listener();
  process.stdout.on('resize', listener);
  return { [Symbol.dispose]: () => void process.stdout.off('resize', listener) };
}
