/** Every key goes to the container as it is, until disposed. Nothing is done where standard input is no terminal. */
export function rawTerminal(): Disposable {
  const { stdin } = process;
  if (!stdin.isTTY) return { [Symbol.dispose]() {} };
  stdin.setRawMode(true);
  return { [Symbol.dispose]: () => void stdin.setRawMode(false) };
}
