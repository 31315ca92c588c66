import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** An engine that says what it is told to: anybody could run one. */
const script = `
const { createServer } = require('node:http');
const [path, uid, stat, content] = process.argv.slice(1);
process.setuid(Number(uid));
createServer((request, response) => {
  response.setHeader('api-version', '1.43');
  response.setHeader('x-docker-container-path-stat', stat);
  response.end(request.url.includes('/archive') ? Buffer.from(content, 'base64') : '{}');
}).listen(path, () => console.log());
`;

/** Run by a user. It has nothing, but it gives one directory of a container: what it says that is, and a tar archive. */
export async function startFakeEngine(path: string, { uid = 0, stat = {}, content = Buffer.alloc(1024) }: { uid?: number; stat?: object; content?: Buffer } = {}): Promise<AsyncDisposable> {
  const args = [path, String(uid), Buffer.from(JSON.stringify(stat)).toString('base64'), content.toString('base64')];
  const child = spawn(process.execPath, ['-e', script, '--', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  await once(child.stdout, 'data');
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
