import type { Build, Position } from './build.ts';
import type { RunAction } from './language/action.ts';
import type { BuildOptions } from './options.ts';
import { runStep } from './run-step.ts';

const action = { argv: ['cat', '/etc/hosts'], user: '', workingDir: '/', argsForCache: [], mounts: [], network: 'default', display: '' };
const position = { state: { settings: { env: [] } } } as unknown as Position;

async function key(options: Pick<BuildOptions, 'network' | 'extraHosts'>): Promise<string> {
  const build = { options } as Build;
  return JSON.stringify((await runStep(build, position, action as unknown as RunAction, 1)).key);
}

it('what a RUN makes depends on the network it is in, and on the hosts it knows', async () => {
  const keys = await Promise.all([
    key({ network: '', extraHosts: {} }),
    key({ network: 'none', extraHosts: {} }),
    key({ network: '', extraHosts: { a: '10.0.0.1' } }),
    key({ network: '', extraHosts: { a: '10.0.0.2' } }),
    key({ network: '', extraHosts: { a: '10.0.0.1', b: '10.0.0.1' } }),
  ]);
  expect(new Set(keys).size).toBe(5);
  expect(await key({ network: 'default', extraHosts: { b: '10.0.0.1', a: '10.0.0.1' } })).toBe(keys[4]);
});
