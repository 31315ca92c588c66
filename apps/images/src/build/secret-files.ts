import { appendFileSync, chmodSync, chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import { MountFlag } from '@arcbox/linux';
import type { RunMount } from './language/action.ts';
import type { ProgramMount } from './run-containers.ts';
import type { Workspace } from './workspace.ts';

/** Most that the secrets of one RUN hold together. */
const room = '16m';

/** The secrets of one RUN: in memory only, where nobody but root looks in, until it ends. */
export class SecretFiles implements Disposable {
  /** Variables, each ended by a zero byte; empty when there are none. */
  environmentFile = '';
  readonly #directory: string;
  readonly #mounted: Disposable;
  #count = 0;

  constructor(workspace: Workspace) {
    this.#directory = workspace.place('secrets');
    const flags = MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec;
    this.#mounted = workspace.mount({ type: 'tmpfs', source: 'secrets', target: this.#directory, flags, data: `mode=700,size=${room}` });
  }

  /** Makes a secret the file or the variable that the RUN asks for, or both. */
  add({ id, target, env, mode, uid, gid }: RunMount & { type: 'secret' }, content: Buffer): ProgramMount[] {
    if (env !== undefined) this.#addVariable(id, env, content);
    if (target === undefined) return [];
    const source = join(this.#directory, String(++this.#count));
    writeFileSync(source, content, { mode: 0o600 });
    chownSync(source, uid, gid);
    chmodSync(source, mode);
    return [{ type: 'bind', source, target, readonly: true }];
  }

  #addVariable(id: string, name: string, content: Buffer): void {
    if (content.includes(0)) throw invalidArgument(`secret ${id} cannot be a variable: it holds a zero byte`);
    this.environmentFile = join(this.#directory, 'environment');
    appendFileSync(this.environmentFile, `${name}=${content.toString('utf8')}\0`, { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    this.#mounted[Symbol.dispose]();
  }
}
