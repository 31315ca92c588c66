import { Command } from 'commander';
import { addContainerOptions, type ContainerOptions, type ContainerWish, toCreateRequest } from './container-options.ts';

/** What `run` asks of the engine for a command line. */
function wish(...args: string[]): ContainerWish {
  const quiet = { writeErr: () => {}, outputError: () => {} };
  const program = new Command('arcbox').enablePositionalOptions();
  const command = addContainerOptions(new Command('run')).exitOverride().configureOutput(quiet);
  let made: ContainerWish | undefined;
  command.action((image: string, cmd: string[], options: ContainerOptions) => {
    made = toCreateRequest(options, image, cmd);
  });
  program.addCommand(command).parse(['run', ...args], { from: 'user' });
  if (!made) throw new Error('nothing was made');
  return made;
}

/** The options for a command line without what is default. */
function given(...args: string[]): object {
  const entries = Object.entries(wish(...args, 'img').options).filter(([, value]) => {
    if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
    return value !== undefined && value !== '' && value !== false && value !== 0n && value !== 0;
  });
  return Object.fromEntries(entries);
}

const attachment = (network: string, settings: object = {}) => ({
  ...{ network, ipv4Address: '', ipv6Address: '', macAddress: '', aliases: [] },
  ...settings,
});

describe('options of create and run', () => {
  it('say nothing by themselves', () => {
    expect(given()).toEqual({});
    expect(wish('img')).toMatchObject({ autoRemove: false, container: { limits: undefined, networkMode: '' } });
  });

  it.each<[string, object]>([
    ['--restart on-failure:3', { restartPolicy: { name: 'on-failure', maximumRetries: 3 } }],
    ['--stop-signal INT --stop-timeout 5', { stopSignal: 'INT', stopTimeoutSeconds: 5 }],
    ['--init --platform linux/arm64', { init: true, platform: 'linux/arm64' }],
    ['--log-driver json-file --log-opt max-size=10m --log-opt max-file=3', { log: { driver: 'local', maxBytes: 10_000_000n, maxFiles: 3 } }],
    ['--read-only --tmpfs /run --tmpfs /tmp:size=1m', { readOnly: true, tmpfs: { '/run': '', '/tmp': 'size=1m' } }],
    ['--volumes-from a --volumes-from b:ro', { volumesFrom: ['a', 'b:ro'] }],
    ['--privileged --cap-add ALL --cap-drop CHOWN', { privileged: true, capAdd: ['ALL'], capDrop: ['CHOWN'] }],
    ['--device /dev/null:/dev/x:r', { devices: [{ hostPath: '/dev/null', containerPath: '/dev/x', permissions: 'r' }] }],
    ['--sysctl net.core.somaxconn=9 --security-opt no-new-privileges', { sysctls: { 'net.core.somaxconn': '9' }, securityOptions: ['no-new-privileges'] }],
    ['--security-opt seccomp:unconfined', { securityOptions: ['seccomp=unconfined'] }],
    ['--userns remap', { usernsMode: 'remap' }],
    ['--userns auto', { usernsMode: 'auto' }],
    ['--ipc container:a --pid host --uts host --userns host --cgroupns private', { ipcMode: 'container:a', pidMode: 'host', utsMode: 'host', usernsMode: 'host', cgroupnsMode: 'private' }],
    ['--group-add 5 --cgroup-parent /x --annotation a=b', { groupAdd: ['5'], cgroupParent: '/x', annotations: { a: 'b' } }],
    ['--memory-reservation 1m --pids-limit -1 --cpuset-cpus 0-1 --cpuset-mems 0 --blkio-weight 10', { memoryReservation: 1_048_576n, pidsLimit: -1n, cpusetCpus: '0-1', cpusetMems: '0', blkioWeight: 10 }],
    ['--memory-swappiness 7 --oom-kill-disable --oom-score-adj -5 --shm-size 1g', { memorySwappiness: 7, oomKillDisable: true, oomScoreAdj: -5, shmBytes: 1_073_741_824n }],
    ['--memory-swappiness -1 --cap-add SYS_TIME', { capAdd: ['SYS_TIME'] }],
    ['--device-read-bps /dev/a:1mb --device-read-bps /dev/b:5 --device-write-bps /dev/a:1k', { deviceReadBps: [{ path: '/dev/a', value: 1_048_576n }, { path: '/dev/b', value: 5n }], deviceWriteBps: [{ path: '/dev/a', value: 1024n }] }],
    ['--device-read-iops /dev/a:7 --device-write-iops /dev/a:8 --blkio-weight-device /dev/a:10', { deviceReadIops: [{ path: '/dev/a', value: 7n }], deviceWriteIops: [{ path: '/dev/a', value: 8n }], blkioWeightDevices: [{ path: '/dev/a', value: 10n }] }],
    ['-i', { stdinOnce: true }],
    ['-i -a stdout', { stdinOnce: true }],
    ['--mount dst=/b,volume-label=a=b', { mounts: [expect.objectContaining({ volumeLabels: { a: 'b' } })] }],
    ['--runtime runc --isolation default --volume-driver local --disable-content-trust', {}],
    ['--ulimit nofile=10:20', { ulimits: [{ name: 'nofile', soft: 10n, hard: 20n }] }],
    ['--dns 1.1.1.1 --dns-search a.b --dns-option ndots:2 --dns-opt rotate', { dns: ['1.1.1.1'], dnsSearch: ['a.b'], dnsOptions: ['ndots:2', 'rotate'] }],
    ['--add-host a:1.2.3.4 --add-host b=[::1] --add-host c:host-gateway --domainname d', { extraHosts: ['a:1.2.3.4', 'b:::1', 'c:host-gateway'], domainname: 'd' }],
    ['-p 8000-8005:80 -p 81', { portRanges: [{ containerPort: 80, hostPort: 8000, lastHostPort: 8005, protocol: 'tcp', hostIp: '' }] }],
    ['-P --expose 80 --expose 53-54/udp', { publishAll: true, exposedPorts: ['80/tcp', '53/udp', '54/udp'] }],
    ['--health-cmd true --health-interval 1m30s --health-retries 2', { healthCheck: { test: ['CMD-SHELL', 'true'], intervalNanos: 90_000_000_000n, timeoutNanos: 0n, startPeriodNanos: 0n, startIntervalNanos: 0n, retries: 2 } }],
    ['--no-healthcheck', { healthCheck: expect.objectContaining({ test: ['NONE'] }) }],
    ['--entrypoint=', { clearEntrypoint: true }],
    ['--network back', {}],
    ['--network back --ip 10.5.0.9 --network-alias x', { networks: [attachment('back', { ipv4Address: '10.5.0.9', aliases: ['x'] })] }],
    ['--network a --network b', { networks: [attachment('b')] }],
    ['--network name=a,ip=10.0.0.2,alias=x,alias=y --network name=b,mac-address=02:00:00:00:00:01', { networks: [attachment('a', { ipv4Address: '10.0.0.2', aliases: ['x', 'y'] }), attachment('b', { macAddress: '02:00:00:00:00:01' })] }],
  ])('%s', (line, expected) => {
    expect(given(...line.split(' '))).toEqual(expected);
  });

  it('make the first network the one it starts with', () => {
    expect(wish('--network', 'name=a,ip=10.0.0.2', '--network', 'b', 'img').container.networkMode).toBe('a');
    expect(wish('--network', 'default', 'img').container.networkMode).toBe('');
    expect(wish('--net', 'host', 'img').container.networkMode).toBe('host');
  });

  it.each(['--gpus all', '--link a:b', '--isolation hyperv', '--use-api-socket', '--no-disable-content-trust', '--storage-opt size=1g'])('say why there is no %s', (line) => {
    expect(() => wish(...line.split(' '), 'img')).toThrow(/^--[a-z-]+(=false)? is not there: [a-z]/);
  });

  it.each([
    '--restart sometimes',
    '--restart always:3',
    '--rm --restart always',
    '--no-healthcheck --health-cmd true',
    '--health-interval 5',
    '--cpus half',
    '--pids-limit many',
    '--memory-swappiness 101',
    '--ip 10.5.0',
    '--ip ::1',
    '--add-host a',
    '--add-host a:b',
    '--dns one',
    '--network host --network back',
    '--network a --network a',
    '--network ip=10.0.0.2',
    '--network name=a,colour=red',
    '--network name=a,ip=10.0.0.2 --ip 10.0.0.3',
    '--ipc nonsense',
    '--pid container:',
    '--uts private',
    '--security-opt nonsense',
    '--security-opt seccomp=/nowhere.json',
    '--log-opt colour=red',
    '--log-opt max-size=x',
    '--tmpfs run',
    '--expose 8080:80',
    '-a stderrr',
    '--device-read-bps sda:1',
    '--device-read-bps /dev/a:0',
    '--device-write-iops /dev/a:1k',
    '--blkio-weight-device /dev/a:1001',
    '--runtime kata',
    '--volume-driver nfs',
  ])('refuse %s', (line) => {
    expect(() => wish(...line.split(' '), 'img')).toThrow();
  });
});
