import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';
import { collect, needs, startEngine, type TestEngine, textOf } from './engine.ts';
import { callScript, otherAnswers } from './forbidden-calls.ts';

describeIf(process.arch === 'x64' ? [...needs, 'perl'] : ['x64'], 'a default container', () => {
  let engine: TestEngine;
  beforeAll(async () => void (engine = await startEngine()));
  afterAll(() => engine[Symbol.asyncDispose]());

  const answersTo = async (options: { privileged: boolean }): Promise<[string, string][]> => {
    const script = join(engine.root.path, 'calls.pl');
    writeFileSync(script, callScript);
    // What perl needs is the host's.
    const mounts = ['/usr', '/lib', '/lib64'].map((source) => ({ source, target: source, readonly: true }));
    const cmd = ['/usr/bin/perl', '/calls.pl', String(process.pid)];
    const container = { image: 'busybox', cmd, mounts: [...mounts, { source: script, target: '/calls.pl', readonly: true }] };
    const { id } = await engine.engine.create({ container, options });
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    const said = textOf(await collect(engine.containers.logs({ containerId: id })));
    return said.trim().split('\n').map((line) => line.split(' ') as [string, string]);
  };

  it('is answered as by dockerd where it calls what it has no use for', async () => {
    const answers = await answersTo({ privileged: false });
    expect(answers).toHaveLength(40);
    expect(answers).toEqual(answers.map(([name]) => [name, otherAnswers[name] ?? 'EPERM']));
  });

  it('makes calls that would be answered: a privileged one gets what it asks for', async () => {
    const answers = await answersTo({ privileged: true });
    expect(answers.filter(([, answer]) => answer === 'EPERM').map(([name]) => name)).toEqual([]);
    const open = answers.filter(([, answer]) => answer === 'open').map(([name]) => name);
    expect(open).toEqual(expect.arrayContaining(['keyctl', 'fsopen', 'open_tree', 'unshare-mount', 'unshare-user']));
  });
});
