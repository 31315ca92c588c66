import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
}

export interface RunOptions {
  /** Standard input; none means an empty one. */
  readonly input?: string | Buffer;
  readonly env?: NodeJS.ProcessEnv;
  /** Keep standard input open. */
  readonly open?: boolean;
}

/** A command line that runs. */
export interface Running {
  readonly ended: Promise<Ended>;
  /** What it has printed on standard output so far. */
  readonly output: () => string;
  readonly stdin: NodeJS.WritableStream;
  kill(signal: NodeJS.Signals): void;
}

/** The command line as one bundle, as `npm start` makes it. */
export interface Cli extends Disposable {
  readonly bundle: string;
  start(args: readonly string[], options?: RunOptions): Running;
  run(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs it on a pseudo-terminal; everything it shows is in `stdout`. */
  runOnTerminal(args: readonly string[], options?: RunOptions): Running;
}

const banner = [
  "import { createRequire as makeRequire } from 'node:module';",
  'const require = makeRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join(' ');

/** Bundles the sources as they are now; `socket` is where it finds the engine. */
export function buildCli(): Cli {
  const directory = mkdtempSync(join(tmpdir(), 'abx-cli-'));
  const bundle = join(directory, 'main.mjs');
  const fixed = ['--bundle', '--platform=node', '--format=esm', '--target=node24', '--supported:using=true', '--log-level=warning'];
  execFileSync('node_modules/.bin/esbuild', [
    'apps/cli/src/main.ts',
    ...fixed,
    `--banner:js=${banner}`,
    `--outfile=${bundle}`,
  ]);
  const environment = { HOME: directory, PATH: process.env['PATH'], TZ: 'UTC', TERM: 'xterm', NODE_COMPILE_CACHE: join(directory, 'compiled') };
  const start = (command: string, args: readonly string[], options: RunOptions): Running =>
    startProcess(command, args, { ...options, env: { ...environment, ...options.env } });
  const cli: Cli = {
    bundle,
    start: (args, options = {}) => start(process.execPath, ['--', bundle, ...args], options),
    run: (args, options) => cli.start(args, options).ended,
    runOnTerminal(args, options = {}) {
      const line = [process.execPath, bundle, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
      return start('script', ['-qefc', `stty cols 100 rows 30; exec ${line}`, '/dev/null'], { open: true, ...options });
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
  return cli;
}

function startProcess(command: string, args: readonly string[], { input, env, open }: RunOptions): Running {
  const child = spawn(command, args, { env, stdio: 'pipe' });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // It may end before it has read everything.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.write(input);
  if (!open) child.stdin.end();
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const bytes = Buffer.concat(stdout);
      resolve({ code, signal, bytes, stdout: bytes.toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
  return {
    ended,
    output: () => Buffer.concat(stdout).toString(),
    stdin: child.stdin,
    kill: (signal) => void child.kill(signal),
  };
}
