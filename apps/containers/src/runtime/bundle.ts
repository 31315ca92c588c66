import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatNano } from '../record/time.ts';
import type { OciSpec } from '../spec/oci.ts';
import { exactJson } from './exact-json.ts';

/** How a run ended, as conmon wrote it down. */
export interface RunEnd {
  /** Exit code; 128 + n after signal n. */
  readonly exitCode: number;
  /** RFC 3339 with nanoseconds. */
  readonly finishedAt: string;
}

/** The directory of one run: what runtime and conmon read and write. */
export class Bundle {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Begins a run with nothing left of an earlier one. */
  create(spec: OciSpec): void {
    this.remove();
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.path, 'config.json'), exactJson(spec), { mode: 0o600 });
  }

  /** Pid of the container's first process. */
  get pidFile(): string {
    return join(this.path, 'pid');
  }

  /** Notes whose conmon works here, so that a start that was cut short can be undone. */
  set monitor(identity: string) {
    writeFileSync(join(this.path, 'monitor'), identity);
  }

  get monitor(): string | undefined {
    return read(join(this.path, 'monitor'));
  }

  /** Takes commands for conmon, a line each. */
  get control(): string {
    return join(this.path, 'ctl');
  }

  /** Cgroup of the run; undefined when there is none. */
  get cgroup(): string | undefined {
    return cgroupIn(read(join(this.path, 'config.json')) ?? '');
  }

  /** Undefined before the runtime has made the process. */
  readPid(): number | undefined {
    const pid = Number(read(this.pidFile));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  }

  /** Undefined while it runs. */
  readEnd(): RunEnd | undefined {
    const file = join(this.path, 'exit');
    const text = read(file);
    if (!text) return undefined;
    const { mtimeNs } = statSync(file, { bigint: true });
    return { exitCode: Number.parseInt(text, 10) & 0xff, finishedAt: formatNano(mtimeNs) };
  }

  /** conmon has seen the kernel kill for want of memory. */
  get sawOutOfMemory(): boolean {
    return read(join(this.path, 'oom')) !== undefined;
  }

  /** The next time is news again. */
  forgetOutOfMemory(): void {
    rmSync(join(this.path, 'oom'), { force: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Undefined for a configuration that is not there, or that was not written to its end. */
function cgroupIn(config: string): string | undefined {
  try {
    return (JSON.parse(config) as OciSpec).linux.cgroupsPath;
  } catch {
    return undefined;
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}
