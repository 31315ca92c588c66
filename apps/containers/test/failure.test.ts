import { readdirSync } from 'node:fs';
import { readMounts } from '@arcbox/linux';
import { describeIf } from '@arcbox/testing';
import { needs, startEngine } from './engine.ts';

describeIf(needs, 'a start that fails', () => {
  const cases: [string, object, string, number][] = [
    ['a missing command', { cmd: ['nothing-here'] }, 'nothing-here', 127],
    ['a command that is no program', { cmd: ['/etc/passwd'] }, 'permission denied', 126],
    ['an unknown user', { cmd: ['true'], user: 'nobody-knows' }, 'unable to find user nobody-knows: no matching entries in passwd file', 128],
  ];
  it.each(cases)('says why and leaves nothing: %s', async (_, request, reason, code) => {
    await using engine = await startEngine();
    const { containers, root } = engine;
    const { id } = await containers.create({ image: 'busybox', ...request });
    const waiting = containers.wait({ id, condition: 'next-exit' });
    await expect(containers.start({ id })).rejects.toThrow(/^\S+ FAILED_PRECONDITION: /);
    const { state } = await containers.inspect({ id });
    expect(state).toMatchObject({ status: 'created', exitCode: code, pid: 0 });
    expect(state?.error).toContain(reason);
    expect((await waiting).statusCode).toBe(BigInt(code));
    expect(readMounts().filter((path) => path.startsWith(root.path))).toEqual([]);
    for (const place of ['run/containers', 'run/runc', 'run/exits']) expect(readdirSync(`${root.path}/${place}`)).toEqual([]);
  });
});
