import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartWorker, runWorker } from '@arcbox/lifecycle';
import { serve } from '@arcbox/rpc';

/** A worker that behaves as it is told: `<name> <behaviour>`. */
const [name = 'system', behaviour = ''] = process.argv.slice(2);

const start: StartWorker = async (host) => {
  if (behaviour === 'refuses') throw new Error('other machines could reach it');
  if (behaviour === 'starts slowly') await sleep(1_500);
  if (behaviour === 'never starts') await new Promise(() => setInterval(() => {}, 1_000));
  const server = await serve(host, []);
  server.ready();
  writeFileSync(join(host.config.paths.service(name), 'state'), '', { mode: 0o666 });
  if (behaviour === 'has a bug') setTimeout(() => void Promise.reject(new Error('a bug')), 50);
  if (behaviour === 'has another bug') setTimeout(() => undefinedThing(), 50);
  return {
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      if (behaviour === 'stops never') await new Promise(() => setInterval(() => {}, 1_000));
      if (behaviour === 'stops badly') throw new Error('cannot stop');
    },
  };
};

function undefinedThing(): void {
  throw new TypeError('another bug');
}

await runWorker(name, start, () => console.log(JSON.stringify({ msg: 'prepared', uid: process.getuid?.() })));
