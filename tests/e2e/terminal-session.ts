import { eventually } from '@arcbox/testing';
import { type Engine, runCommand } from './engine.ts';
import { type StartedCommand, startOnTerminal } from './started-command.ts';

/** Somebody at a terminal: types, looks, changes the size of the window. */
export interface TerminalSession extends Disposable {
  /** Everything shown so far, line ends as in the terminal. */
  readonly screen: string;
  readonly exit: StartedCommand['exit'];
  type(keys: string): void;
  /** Waits until what was shown since the last `shows` has this; a later one looks behind it. */
  shows(pattern: RegExp): Promise<RegExpExecArray>;
  resize(rows: number, columns: number): Promise<void>;
}

/** Runs `arcbox` on a terminal of 30 rows and 100 columns. */
export async function openTerminal(engine: Engine, ...args: string[]): Promise<TerminalSession> {
  const command = startOnTerminal(engine, args, { before: 'stty rows 30 cols 100; echo "terminal $(tty)"' });
  let screen = '';
  let seen = 0;
  command.child.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString('latin1')));
  const shows: TerminalSession['shows'] = async (pattern) => {
    let found: RegExpExecArray | null = null;
    await eventually(() => {
      found = pattern.exec(screen.slice(seen));
      if (!found) throw new Error(`no ${pattern} in ${JSON.stringify(screen.slice(seen))}`);
    });
    const match = found as unknown as RegExpExecArray;
    seen += match.index + match[0].length;
    return match;
  };
  const [, device = ''] = await shows(/terminal (\S+)\r\n/);
  return {
    get screen() {
      return screen;
    },
    exit: command.exit,
    type: (keys) => void command.child.stdin.write(keys),
    shows,
    async resize(rows, columns) {
      const { code, stderr } = await runCommand('stty', ['-F', device, 'rows', String(rows), 'cols', String(columns)]);
      if (code !== 0) throw new Error(stderr);
    },
    [Symbol.dispose]: () => command[Symbol.dispose](),
  };
}
