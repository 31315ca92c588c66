import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Logger } from '@arcbox/log';
import { processIdentity } from '@arcbox/store';
import { eventually, temporaryRoot } from '@arcbox/testing';
import type { Container } from '../record/container.ts';
import { LifeLine } from '../runtime/life-line.ts';
import { Background } from './background.ts';
import { Orphans } from './orphans.ts';

/** A process that stands for another one. */
function start(stack: DisposableStack): { child: ChildProcess; identity: string } {
  const child = stack.adopt(spawn('sleep', ['600'], { stdio: 'ignore' }), (sleeping) => sleeping.kill('SIGKILL'));
  return { child, identity: processIdentity(child.pid) ?? '' };
}

describe('a conmon that lets go of its line', () => {
  it.each([
    ['before it notes the end was not killed', true, []],
    ['and ends without a note of the end was killed, and the container ends', false, ['its monitor was killed: the container ends']],
  ])('%s', async (_, isNoted, words) => {
    await using root = temporaryRoot();
    using stack = new DisposableStack();
    const [monitor, main] = [start(stack), start(stack)];
    const process = { pid: main.child.pid, identity: main.identity, monitor: monitor.identity };
    let container = { id: 'ab'.repeat(32), config: {}, status: { state: 'running', generation: 1, process } } as unknown as Container;
    let [looks, hasEnded] = [0, false];
    const notice = (): void => {
      looks++;
      if (hasEnded) container = { ...container, status: { ...container.status, state: 'exited' } };
    };
    const said: string[] = [];
    const log = { warn: (_about: object, text: string) => said.push(text) } as unknown as Logger;
    await using background = new Background(log);
    using orphans = new Orphans({ containers: { get: () => container }, ends: { notice }, places: { bundle: () => root.path }, background, log });
    const line = new LifeLine(root.path).lay();
    orphans.began(container.id);
    closeSync(line);
    await eventually(() => expect(looks).toBe(1));
    hasEnded = isNoted;
    monitor.child.kill('SIGKILL');
    await eventually(() => expect(looks).toBe(isNoted ? 2 : 3));
    expect(said).toEqual(words);
    await eventually(() => expect(main.child.signalCode).toBe(isNoted ? null : 'SIGKILL'));
  });
});
