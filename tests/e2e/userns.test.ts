import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, eventually, temporaryRoot } from '@arcbox/testing';
import { runCommand, startEngine } from './engine.ts';

/** Whatever is not the host's. */
const first = 400_000;

const dockerfile = `FROM scratch AS tools
COPY --chown=5:6 --chmod=600 Dockerfile /t/f
FROM scratch
COPY . /
RUN --mount=type=cache,target=/cache --mount=type=secret,id=word,mode=0400 --mount=type=tmpfs,target=/scratch \\
  --mount=type=bind,target=/context --mount=type=bind,from=tools,source=/t,target=/tools --mount=type=bind,from=tools,source=/t,target=/own,rw \\
  cat /run/secrets/word /tools/f /own/f > /dev/null && echo x >> /own/f && touch /cache/x /scratch/x && \\
  (readlink /proc/self/ns/user && stat -c "%n %u:%g" /run/secrets/word /cache /cache/x /scratch /scratch/x /context/bin/busybox /tools/f /own/f /etc/hosts) > /seen
RUN echo worker:x:1000:1000::/home/worker:/bin/sh >> /etc/passwd && mkdir /home/worker && chown 1000:1000 /home/worker && mkdir /srv && echo built > /srv/f && chown worker /srv/f && rm /etc/gone && cat /proc/self/uid_map > /srv/map
USER worker
HEALTHCHECK --interval=100ms CMD test $(id -u) = 0
`;

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server', 'busybox'], 'an engine whose containers have user ids of their own', () => {
  it('builds, runs, serves, commits, exports and copies as any other', async () => {
    await using ground = temporaryRoot();
    for (const file of ['subuid', 'subgid']) writeFileSync(join(ground.path, file), `arcbox:${first}:65536\n`);
    const context = join(ground.path, 'context');
    for (const directory of ['bin', 'etc', 'proc', 'home']) mkdirSync(join(context, directory), { recursive: true });
    for (const [file, text] of Object.entries({ passwd: 'root:x:0:0:root:/:/bin/sh\n', group: 'root:x:0:\n', gone: '' })) writeFileSync(join(context, 'etc', file), text);
    cpSync('/bin/busybox', join(context, 'bin/busybox'));
    for (const name of ['sh', 'cat', 'rm', 'mkdir', 'chown', 'stat', 'id', 'test', 'wget', 'nc', 'sleep', 'touch', 'ls', 'ip', 'readlink']) symlinkSync('busybox', join(context, 'bin', name));
    writeFileSync(join(context, 'Dockerfile'), dockerfile);
    await using engine = await startEngine({ env: { ARCBOX_USERNS_REMAP: 'default', ARCBOX_SUBORDINATE_IDS: ground.path } });
    const { ok } = engine;
    expect(JSON.parse(await ok('info', '--format', 'json'))).toMatchObject({ SecurityOptions: ['name=userns'] });

    writeFileSync(join(ground.path, 'word'), 'secret', { mode: 0o600 });
    await ok('build', '--secret', `id=word,src=${join(ground.path, 'word')}`, '-t', 'mapped:1', context);
    const [namespace, ...seen] = (await ok('run', '--rm', '--userns', 'host', 'mapped:1', 'cat', '/seen')).split('\n');
    expect(namespace).not.toBe(readlinkSync('/proc/self/ns/user'));
    const mine = ['/run/secrets/word', '/cache', '/cache/x', '/scratch', '/scratch/x', '/context/bin/busybox'].map((path) => `${path} 0:0`);
    expect(seen).toEqual([...mine, '/tools/f 5:6', '/own/f 5:6', '/etc/hosts 0:0']);
    expect((await ok('run', '--rm', 'mapped:1', 'cat', '/srv/map')).split(/\s+/)).toEqual(['0', String(first), '65536']);
    expect((await ok('run', '--rm', 'mapped:1', 'cat', '/proc/self/uid_map')).split(/\s+/)).toEqual(['0', String(first), '65536']);
    expect(await ok('run', '--rm', 'mapped:1', 'stat', '-c', '%U:%u', '/srv/f', '/bin/busybox')).toBe('worker:1000\nroot:0');
    const refused = await engine.arcbox('run', '--rm', '--privileged', 'mapped:1', 'id');
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining('privileged mode is incompatible with user namespaces') as string });
    expect(await ok('run', '--rm', '--userns', 'host', '--privileged', '-u', '0', 'mapped:1', 'cat', '/proc/self/uid_map')).toMatch(/^0\s+0\s+4294967295$/);

    const serve = 'echo here > /tmp/own; rm /srv/f; while :; do echo served | nc -l -p 80; done';
    const id = await ok('run', '-d', '--name', 'web', '-v', 'kept:/srv/data', '--sysctl', 'net.ipv4.conf.all.forwarding=1', '--cap-add', 'NET_ADMIN', '-u', '0', '-p', '127.0.0.1::80', 'mapped:1', 'sh', '-c', `mkdir -p /tmp; ${serve}`);
    const port = (await ok('port', 'web', '80')).split(':').at(-1);
    expect(await ok('exec', 'web', 'sh', '-c', 'ip link set lo mtu 1400 && cat /proc/sys/net/ipv4/conf/all/forwarding')).toBe('1');
    expect((await runCommand('busybox', ['nc', '-w', '5', '127.0.0.1', port ?? ''])).stdout).toBe('served\n');
    await ok('exec', 'web', 'sh', '-c', 'until test -f /tmp/own -a ! -f /srv/f; do sleep 0.05; done; touch /srv/data/x');

    await eventually(async () => expect(await ok('inspect', '--format', '{{.State.Health.Status}}', 'web')).toBe('healthy'));
    expect((await ok('diff', 'web')).split('\n').sort()).toEqual(['A /srv/data', 'A /tmp', 'A /tmp/own', 'C /srv', 'D /srv/f']);
    const owners = (archive: string): string => execFileSync('tar', ['-tvf', archive, '--numeric-owner'], { encoding: 'utf8' });
    await ok('export', '-o', join(ground.path, 'export.tar'), 'web');
    expect(owners(join(ground.path, 'export.tar'))).toMatch(/ 1000\/1000 .* home\/worker\/$[^]* 0\/0 .* tmp\/own$/m);
    expect(owners(join(ground.path, 'export.tar'))).not.toMatch(new RegExp(` ${String(first).slice(0, 3)}\\d{3}/| 65536/`));
    await ok('cp', 'web:/tmp/own', join(ground.path, 'own'));
    await ok('cp', join(ground.path, 'own'), 'web:/tmp/back');
    expect(await ok('exec', 'web', 'stat', '-c', '%u:%g', '/tmp/own', '/tmp/back')).toBe('0:0\n0:0');
    await ok('commit', 'web', 'committed:1');
    for (const mode of ['host', 'remap']) {
      const seen = ok('run', '--rm', '--userns', mode, '-v', 'kept:/srv/data', 'committed:1', 'sh', '-c', 'stat -c %u:%g /tmp/own /srv/data/x; ls /srv');
      expect(await seen).toBe('0:0\n0:0\ndata\nmap');
    }
    expect(await ok('inspect', '--format', '{{.HostConfig.UsernsMode}}', id)).toBe('');
    await ok('restart', '-t', '0', 'web');
    expect((await runCommand('busybox', ['nc', '-w', '5', '127.0.0.1', (await ok('port', 'web', '80')).split(':').at(-1) ?? ''])).stdout).toBe('served\n');
  }, 300_000);
});
