import { spawn } from 'node:child_process';
import { failedPrecondition } from '@arcbox/errors';
import { type Credentials, serverAddress } from './credentials.ts';

/** A helper may ask its user to unlock a keychain; in milliseconds. */
const deadline = 120_000;

/** As helpers write it instead of a user name when the secret is a token. */
const tokenUser = '<token>';

/**
 * A program `docker-credential-<name>` that keeps credentials in a place of its own.
 * https://github.com/docker/docker-credential-helpers#development
 */
export class CredentialHelper {
  readonly program: string;

  constructor(name: string) {
    if (!/^[\w.-]+$/.test(name)) throw failedPrecondition(`${name} cannot be the name of a credential helper`);
    this.program = `docker-credential-${name}`;
  }

  async find(registry: string): Promise<Credentials | undefined> {
    const { code, stdout, stderr } = await this.#run('get', serverAddress(registry));
    if (code !== 0) {
      if (/credentials not found/i.test(stdout)) return undefined;
      throw this.#failed('get', stdout, stderr);
    }
    const { Username = '', Secret = '' } = this.#parse(stdout);
    if (!Secret) return undefined;
    const isToken = Username === tokenUser;
    return { username: isToken ? '' : Username, password: isToken ? '' : Secret, identityToken: isToken ? Secret : '' };
  }

  async keep(registry: string, { username, password, identityToken }: Credentials): Promise<void> {
    const entry = {
      ServerURL: serverAddress(registry),
      Username: identityToken ? tokenUser : username,
      Secret: identityToken || password,
    };
    const { code, stdout, stderr } = await this.#run('store', JSON.stringify(entry));
    if (code !== 0) throw this.#failed('store', stdout, stderr);
  }

  async forget(registry: string): Promise<void> {
    const { code, stdout, stderr } = await this.#run('erase', serverAddress(registry));
    if (code !== 0 && !/credentials not found/i.test(stdout)) throw this.#failed('erase', stdout, stderr);
  }

  #parse(stdout: string): { Username?: string; Secret?: string } {
    try {
      return JSON.parse(stdout) as { Username?: string; Secret?: string };
    } catch {
      // Without a cause: it would quote the secret.
      throw failedPrecondition(`credential helper ${this.program} get: the answer is not JSON`);
    }
  }

  #failed(action: string, stdout: string, stderr: string): Error {
    const reason = stdout.trim() || stderr.trim() || 'it gave no reason';
    return failedPrecondition(`credential helper ${this.program} ${action}: ${reason}`);
  }

  #run(action: string, input: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.program, [action], { timeout: deadline, killSignal: 'SIGKILL' });
      const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      // It may answer without having read everything.
      child.stdin.on('error', () => {});
      child.stdin.end(input);
      child.once('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code === 'ENOENT' ? 'there is no such program' : (error.code ?? error.message);
        reject(failedPrecondition(`credential helper ${this.program}: ${reason}`, error));
      });
      child.once('close', (code) =>
        resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
      );
    });
  }
}
