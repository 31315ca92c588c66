import { spawnSync } from 'node:child_process';

/** Every key goes to the container, and its output to the screen, as they are, until disposed. */
export function rawTerminal(): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]() {} };
  stdin.setRawMode(true);
  // Node leaves it to the terminal to make CR LF of each LF, which the one in the container has done already.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'], timeout: 2_000 });
  return { [Symbol.dispose]: () => void stdin.setRawMode(false) };
}
