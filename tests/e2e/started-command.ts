import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { CommandResult, Engine } from './engine.ts';

/** An `arcbox` that runs, for tests that write to it, read from it slowly, or signal it. */
export interface StartedCommand extends Disposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

export function startCommand(engine: Engine, ...args: string[]): StartedCommand {
  const [program, ...first] = engine.command;
  return start(program, [...first, ...args]);
}

/** The same under a terminal of its own; `before` and `after` are commands of the shell on that terminal. */
export function startOnTerminal(engine: Engine, args: string[], shell: { before?: string; after?: string } = {}): StartedCommand {
  const quoted = [...engine.command, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const line = [shell.before ?? ':', `${quoted}; code=$?`, shell.after ?? ':', 'exit $code'].join('\n');
  return start('script', ['--quiet', '--return', '--echo', 'never', '--command', line, '/dev/null']);
}

/** Everything it says, once it has ended. */
export async function resultOf({ child, exit }: StartedCommand): Promise<CommandResult> {
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code: typeof code === 'number' ? code : 255, stdout, stderr };
}

function start(program: string, args: string[]): StartedCommand {
  const child = spawn(program, args, { stdio: 'pipe' });
  // Whoever has ended reads no more.
  child.stdin.on('error', () => {});
  const exit = new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  return {
    child,
    exit,
    [Symbol.dispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    },
  };
}
