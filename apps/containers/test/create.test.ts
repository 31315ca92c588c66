import { readFileSync } from 'node:fs';
import { describeIf } from '@arcbox/testing';
import { collect, needs, output, run, startEngine, textOf } from './engine.ts';
import { imageConfig } from './fake-peers.ts';

describeIf(needs, 'creating a container', () => {
  it('refuses what cannot be', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const base = { image: 'busybox', cmd: ['true'] };
    const { id } = await containers.create({ ...base, name: 'taken' });
    const bad: [object, string][] = [
      [{ image: 'absent' }, 'NOT_FOUND: no such image: absent'],
      [{ name: 'taken' }, `ALREADY_EXISTS: the name "taken" is already in use by container ${id.slice(0, 12)}`],
      [{ name: 'a b' }, 'INVALID_ARGUMENT: invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-]+ are allowed'],
      [{ cmd: [] }, 'INVALID_ARGUMENT: no command specified'],
      [{ limits: { memoryBytes: 1000n } }, 'INVALID_ARGUMENT: minimum memory limit allowed is 6 MiB'],
      [{ limits: { cpus: 1, cpuQuota: 5000n } }, 'INVALID_ARGUMENT: cpus cannot be combined with cpu_quota or cpu_period'],
      [{ ports: [1, 2].map((containerPort) => ({ containerPort, hostPort: 99 })) }, 'INVALID_ARGUMENT: host port 99/tcp is bound twice'],
      [{ mounts: [{ source: '/nowhere/at/all', target: '/x' }] }, 'INVALID_ARGUMENT: bind source path does not exist: /nowhere/at/all'],
      [{ mounts: [{ source: '/tmp', target: 'x' }] }, 'INVALID_ARGUMENT: mount target must be an absolute path: x'],
      [{ mounts: ['/x', '/x/'].map((target) => ({ source: '/tmp', target })) }, 'INVALID_ARGUMENT: duplicate mount point: /x'],
      [{ networkMode: 'container:absent' }, 'NOT_FOUND: no such container: absent'],
      [{ workingDir: 'relative' }, 'INVALID_ARGUMENT: working_dir must be an absolute path: relative'],
    ];
    for (const [change, message] of bad) await expect(containers.create({ ...base, ...change })).rejects.toThrow(message);
    expect((await containers.list({ all: true })).containers).toHaveLength(1);
  });

  it('finds containers by id, prefix and name', async () => {
    await using engine = await startEngine();
    const { containers } = engine;
    const { id } = await containers.create({ image: 'busybox', name: 'found', cmd: ['true'] });
    for (const reference of [id, id.slice(0, 12), 'found', '/found']) expect((await containers.inspect({ id: reference })).id).toBe(id);
    const ids = [id];
    while (new Set(ids.map((other) => other[0])).size === ids.length) ids.push((await containers.create({ image: 'busybox', cmd: ['true'] })).id);
    const twice = ids.at(-1)?.[0] ?? '';
    await expect(containers.inspect({ id: twice })).rejects.toThrow(`INVALID_ARGUMENT: id prefix ${twice} is ambiguous`);
  });

  it('merges command, environment, user and labels with the image', async () => {
    await using engine = await startEngine();
    imageConfig.config = {
      Entrypoint: ['echo', 'from-image'],
      Cmd: ['argument'],
      Env: ['PATH=/bin', 'KEPT=1', 'CHANGED=1'],
      User: 'worker',
      WorkingDir: '/made/for/it',
      Labels: { image: 'yes', both: 'image' },
    };
    const plain = await output(engine, []);
    const withCmd = await output(engine, ['other']);
    const replaced = await output(engine, [], { entrypoint: ['sh', '-c', 'echo $KEPT $CHANGED $NEW $HOME; pwd; id'], env: { CHANGED: '2', NEW: '3' } });
    const { id } = await engine.containers.create({ image: 'busybox', labels: { both: 'request' } });
    imageConfig.config = {};
    expect(plain).toBe('from-image argument\n');
    expect(withCmd).toBe('from-image other\n');
    expect(replaced).toBe('1 2 3 /home/worker\n/made/for/it\nuid=1000(worker) gid=1001(workers) groups=1001(workers),1002(extra)\n');
    expect((await engine.containers.inspect({ id })).config?.labels).toEqual({ image: 'yes', both: 'request' });
  });

  it('runs with the default profile', async () => {
    await using engine = await startEngine();
    const script = 'grep -E "^(CapEff|CapBnd|Seccomp|NoNewPrivs):" /proc/self/status | tr -d "\\t"; hostname; cat /etc/hostname /etc/resolv.conf; echo x > /proc/sys/vm/swappiness; ls /sys/firmware | wc -l; unshare -m true || echo no unshare; df /dev/shm | tail -1';
    const { id } = await engine.containers.create({ image: 'busybox', cmd: ['sh', '-c', `(${script}) 2>&1`] });
    await engine.containers.start({ id });
    await engine.containers.wait({ id });
    const text = textOf(await collect(engine.containers.logs({ containerId: id })));
    const bounding = BigInt(`0x${/CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`);
    const expected = (0xa80425fbn & bounding).toString(16).padStart(16, '0');
    expect(text).toContain(`CapBnd:${expected}\nCapEff:${expected}\n`.split('\n')[0]);
    expect(text).toContain(`CapEff:${expected}`);
    expect(text).toContain('Seccomp:2');
    expect(text).toContain('NoNewPrivs:0');
    expect(text).toContain(`${id.slice(0, 12)}\n${id.slice(0, 12)}\nnameserver 192.0.2.1\n`);
    expect(text).toMatch(/swappiness: Read-only file system/);
    expect(text).toContain('no unshare');
    expect(text).toMatch(/shm +65536/);
  });

  it('applies limits', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000'], {
      limits: { memoryBytes: 32n << 20n, memorySwap: 48n << 20n, cpuShares: 512n, cpus: 0.5 },
    });
    const read = (controller: string, file: string): string =>
      readFileSync(`/sys/fs/cgroup/${controller}/arcbox/${id}/${file}`, 'utf8').trim();
    expect(read('memory', 'memory.limit_in_bytes')).toBe(String(32 << 20));
    expect(read('memory', 'memory.memsw.limit_in_bytes')).toBe(String(48 << 20));
    expect(read('cpu', 'cpu.shares')).toBe('512');
    expect(read('cpu', 'cpu.cfs_quota_us')).toBe('50000');
  });

  it('notices when the kernel kills for want of memory', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sh', '-c', 'tail /dev/zero'], { limits: { memoryBytes: 8n << 20n, memorySwap: 8n << 20n } });
    expect((await engine.containers.wait({ id })).statusCode).toBe(137n);
    expect((await engine.containers.inspect({ id })).state?.oomKilled).toBe(true);
  });

  it('mounts binds, volumes and tmpfs', async () => {
    await using engine = await startEngine();
    imageConfig.config = { Volumes: { '/data': {} } };
    const script = 'cat /data/from-image; echo; touch /readonly/x 2>&1 | sed "s/.*: //"; echo v > /named/f; cat /named/f; touch /scratch/t && grep -c " /scratch tmpfs" /proc/mounts';
    const mounts = [
      { source: '/tmp', target: '/readonly', readonly: true },
      { source: 'vol', target: '/named' },
      { type: 'tmpfs', target: '/scratch' },
    ];
    expect(await output(engine, ['sh', '-c', script], { mounts })).toBe('image\nRead-only file system\nv\n1\n');
    imageConfig.config = {};
    expect(readFileSync(`${engine.root.path}/fake-volumes/vol/f`, 'utf8')).toBe('v\n');
  });

  it('shares networks as asked', async () => {
    await using engine = await startEngine();
    const { id } = await run(engine, ['sleep', '1000']);
    const show = ['readlink', '/proc/self/ns/net'];
    const own = await output(engine, show, { networkMode: `container:${id}` });
    const host = await output(engine, show, { networkMode: 'host' });
    const none = await output(engine, show, { networkMode: 'none' });
    expect(new Set([own, host, none]).size).toBe(3);
    await engine.containers.stop({ id, timeout: 1 });
    await expect(output(engine, show, { networkMode: `container:${id}` })).rejects.toThrow('FAILED_PRECONDITION: cannot join the network');
  });
});
