import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ContainerServiceDefinition } from '@arcbox/proto/arcbox/v1/container';
import { temporaryRoot } from '@arcbox/testing';
import { createChannel, createClient, type Client, type CompatServiceDefinition } from 'nice-grpc';
import { makeHelloImage } from '../../tools/supervisor/hello-image.ts';
import { unmountBelow } from './mounts.ts';

const repository = join(import.meta.dirname, '../..');

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A whole engine as processes on a temporary root. Disposing stops it and removes everything, containers too. */
export interface Engine extends AsyncDisposable {
  readonly root: string;
  readonly socket: string;
  /** What it printed up to READY (or DEGRADED). */
  readonly banner: string;
  /** Program and first arguments of the command line, for those that start it themselves. */
  readonly command: readonly [string, ...string[]];
  /** Runs `arcbox`; never throws for an exit code. */
  arcbox(...args: string[]): Promise<CommandResult>;
  /** Runs `arcbox`, expects success, returns its trimmed output. */
  ok(...args: string[]): Promise<string>;
  client<Service extends CompatServiceDefinition>(definition: Service): Client<Service>;
  /** Process id of `images-0`, `nats-0`, … now. */
  pid(name: string): number;
  /** kill -9 of that process. */
  kill(name: string): void;
  /** Ends the supervisor as Ctrl-C does; resolves with the milliseconds it took. */
  stop(): Promise<number>;
  start(): Promise<void>;
}

/** Image that every engine has after its first start. */
export const hello = 'localhost/arcbox/hello:latest';

export async function startEngine(options: { args?: string[]; env?: NodeJS.ProcessEnv } = {}): Promise<Engine> {
  const root = temporaryRoot();
  const socket = root.paths.gatewaySocket;
  const channel = createChannel(`unix://${socket}`);
  let supervisor: ChildProcess | undefined;
  let banner = '';

  const start = async (): Promise<void> => {
    supervisor = spawn(process.execPath, [join(repository, 'dist/supervisor/main.js'), '--root', root.path, ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    banner = await untilReady(supervisor);
  };
  const stop = async (): Promise<number> => {
    const started = performance.now();
    if (supervisor && supervisor.exitCode === null) {
      const ended = new Promise((resolve) => supervisor?.once('exit', resolve));
      supervisor.kill('SIGINT');
      await ended;
    }
    return performance.now() - started;
  };
  const [node, cli] = [process.execPath, ['--', join(repository, 'dist/cli/main.js'), '--host', `unix://${socket}`]] as const;
  const arcbox = (...args: string[]): Promise<CommandResult> =>
    runCommand(node, [...cli, ...args], { env: { DOCKER_CONFIG: join(root.path, 'docker-config') } });

  const engine: Engine = {
    root: root.path,
    socket,
    command: [node, ...cli],
    get banner() {
      return banner;
    },
    arcbox,
    async ok(...args) {
      const result = await arcbox(...args);
      if (result.code !== 0) throw new Error(`arcbox ${args.join(' ')}: exit ${result.code}\n${result.stdout}${result.stderr}`);
      return result.stdout.trim();
    },
    client: (definition) => createClient(definition, channel),
    pid: (name) => Number.parseInt(readFileSync(join(root.paths.run, 'pids', `${name}.pid`), 'utf8'), 10),
    kill: (name) => void process.kill(engine.pid(name), 'SIGKILL'),
    stop,
    start,
    async [Symbol.asyncDispose]() {
      if (supervisor?.exitCode === null) await removeContainers(engine).catch(() => {});
      channel.close();
      await stop();
      forget(root.path);
      await root[Symbol.asyncDispose]();
    },
  };
  try {
    await start();
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}

/** All containers, with their anonymous volumes. */
export async function removeContainers({ client }: Pick<Engine, 'client'>): Promise<void> {
  const service = client(ContainerServiceDefinition);
  const { containers } = await service.list({ all: true });
  await Promise.all(containers.map(({ id }) => service.remove({ id, force: true, volumes: true })));
}

/** Ends and removes what a failed test has left of this root: containers with their conmon, mounts. */
function forget(root: string): void {
  const monitors = processes().filter(({ command }) => command.includes('conmon') && command.includes(`${root}/`));
  for (const { pid, parent } of processes()) {
    if (monitors.some((monitor) => monitor.pid === parent || monitor.pid === pid)) kill(pid);
  }
  unmountBelow(root);
}

function processes(): { pid: number; parent: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
        return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
      } catch {
        return [];
      }
    });
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    if (!child.stdout || !child.stderr) throw new Error('the supervisor has no output');
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('exit', (code) => reject(new Error(`the engine ended (${code}) before it was ready:\n${said}`)));
    createInterface(child.stdout).on('line', (line) => {
      said += `${line}\n`;
      if (/^(READY|DEGRADED)/.test(line)) resolve(said);
    });
  });
}

export function runCommand(
  command: string,
  args: string[],
  options: { input?: string | Buffer; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...options.env };
    const child = execFile(command, args, { maxBuffer: 256 * 1024 * 1024, env }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 255) : 0;
      resolve({ code, stdout, stderr });
    });
    // Not everybody reads it, and some have ended by now.
    child.stdin?.on('error', () => {}).end(options.input ?? '');
  });
}

/** Pushes the busybox image to `reference` of a registry with skopeo. */
export async function pushBusybox(directory: string, reference: string, credentials?: string): Promise<void> {
  const archive = join(directory, 'busybox.tar');
  writeFileSync(archive, makeHelloImage('/bin/busybox').archive);
  const result = await runCommand('skopeo', [
    ...['copy', '--dest-tls-verify=false', ...(credentials ? ['--dest-creds', credentials] : [])],
    ...[`oci-archive:${archive}`, `docker://${reference}`],
  ]);
  if (result.code !== 0) throw new Error(result.stderr);
}
