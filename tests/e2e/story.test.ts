import { describeIf, startRegistry, temporaryRoot } from '@arcbox/testing';
import { hello, pushBusybox, startEngine } from './engine.ts';

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'docker-registry', 'skopeo'], 'a first day with arcbox', () => {
  it('pulls with basic auth, runs, lists, reads logs, waits and removes', async () => {
    await using registry = await startRegistry({ account: { username: 'ann', password: 'secret' } });
    await using files = temporaryRoot();
    await using engine = await startEngine();
    const image = `${registry.host}/team/busybox:1`;
    await pushBusybox(files.path, image, 'ann:secret');

    const refused = await engine.arcbox('pull', image);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^arcbox: .*\n$/);

    await engine.ok('login', '-u', 'ann', '-p', 'secret', registry.host);
    const pulled = await engine.ok('pull', image);
    expect(pulled).toMatch(/Pull complete/);
    expect(pulled).toMatch(/^Digest: sha256:[0-9a-f]{64}$/m);
    expect(pulled).toContain(`Status: Downloaded newer image for ${image}`);
    expect(await engine.ok('pull', image)).toContain(`Status: Image is up to date for ${image}`);
    expect(await engine.ok('images')).toContain(`${registry.host}/team/busybox`);

    expect(await engine.ok('run', '--rm', '-e', 'WHO=world', image, 'sh', '-c', 'echo hello $WHO')).toBe('hello world');
    expect((await engine.arcbox('run', '--rm', image, 'sh', '-c', 'exit 42')).code).toBe(42);
    expect((await engine.arcbox('run', '--rm', image, 'no-such-command')).code).toBe(127);

    const id = await engine.ok('run', '-d', '--name', 'counter', image, 'sh', '-c', 'for i in 1 2 3; do echo $i; done; sleep 600');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await engine.ok('ps')).toMatch(new RegExp(`^${id.slice(0, 12)} +${image.replace('.', '\\.')} .*Up .*counter$`, 'm'));
    expect(await engine.ok('logs', 'counter')).toBe('1\n2\n3');
    const waiting = engine.ok('wait', 'counter');
    expect(await engine.ok('kill', 'counter')).toBe('counter');
    expect(await waiting).toBe('137');
    expect(JSON.parse(await engine.ok('inspect', 'counter'))).toMatchObject([{ Id: id, State: { ExitCode: 137 } }]);

    // The same busybox: without it, this name is the image's last.
    await engine.ok('rmi', hello);
    const used = await engine.arcbox('rmi', image);
    expect(used.code).toBe(1);
    expect(used.stderr).toContain(id.slice(0, 12));
    await engine.ok('rm', 'counter');
    expect(await engine.ok('rmi', image)).toMatch(/Untagged: .*\n(.*\n)*Deleted: sha256:/);
    expect((await engine.arcbox('inspect', 'counter')).stderr).toContain('no such object: counter');
  });
});
