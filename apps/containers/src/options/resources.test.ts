import { validateLog } from './log-options.ts';
import { type ResourceBounds, type ResourcesRequest, resourceWarnings, validateResources } from './resources.ts';
import { readResources } from './resources-wire.ts';
import { toRlimits } from './ulimits.ts';

const none = readResources(undefined);
const noDevices = { weights: [], readBps: [], writeBps: [], readIops: [], writeIops: [] };
const mebibyte = 1024 * 1024;
const host = { kernel: '6.1', unified: false, capabilities: [], allCapabilities: [], lacking: [], swapAccounting: true, blockWeights: true, blockRates: true, lacksX32: false, apparmor: false };

const bounds: ResourceBounds = {
  cpus: '0-1,4',
  mems: '0',
  unbounded: false,
  hard: new Map([['Max open files', 20_000], ['Max processes', Infinity]]),
  maxFiles: 1_048_576,
  oomScoreAdj: 0,
};

const validate = (part: Partial<ResourcesRequest>, memory?: number, more: Partial<ResourceBounds> = {}): object =>
  validateResources({ ...none, ...part }, memory, { ...bounds, ...more });

const nofile = (soft: number, hard: number): Partial<ResourcesRequest> => ({ ulimits: [{ name: 'nofile', soft, hard }] });

describe('resources', () => {
  it.each<Partial<ResourcesRequest>>([
    nofile(10, 20_000),
    { ulimits: [{ name: 'nproc', soft: 5, hard: -1 }, { name: 'core', soft: -1, hard: -1 }] },
    { pidsLimit: -1 },
    { pidsLimit: 100 },
    { cpusetCpus: '0-1,4', cpusetMems: '0' },
    { memoryReservation: 6 * mebibyte },
    { oomScoreAdj: 0 },
    { oomScoreAdj: 1000 },
    { memorySwappiness: 0 },
    { blkioWeight: 10 },
    { blockDevices: { ...noDevices, weights: [{ path: '/dev/a', value: 1000 }], readIops: [{ path: '/dev/a', value: 1 }] } },
  ])('%j are kept as they are', (part) => expect(validate(part)).toEqual(part));

  it.each<[Partial<ResourcesRequest>, string]>([
    [{ ulimits: [{ name: 'files', soft: 1, hard: 1 }] }, 'unknown ulimit: files'],
    [nofile(10, 5), 'ulimit nofile: the soft limit 10 is above the hard limit 5'],
    [nofile(-1, 5), 'the soft limit -1 is above the hard limit 5'],
    [nofile(-2, 5), 'ulimit nofile must be a number or -1 for none, not -2'],
    [nofile(1, 20_001), 'ulimit nofile: the engine may not raise it above its own hard limit of 20000'],
    [nofile(1, 2_000_000), 'ulimit nofile: the kernel of this host allows at most 1048576'],
    [{ ulimits: [...(nofile(1, 1).ulimits ?? []), ...(nofile(1, 1).ulimits ?? [])] }, 'ulimit nofile is given twice'],
    [{ pidsLimit: -2 }, 'pids_limit must be -1, 0 or up to 4194304, not -2'],
    [{ pidsLimit: 5_000_000 }, 'pids_limit must be'],
    [{ cpusetCpus: '0-3' }, 'cpuset_cpus asks for 0-3, of which 2, 3 is not available: the host has 0-1,4'],
    [{ cpusetMems: '1' }, 'cpuset_mems asks for 1, of which 1 is not available: the host has 0'],
    [{ cpusetCpus: '1-0' }, 'cpuset_cpus is not a list like 0-2,4: 1-0'],
    [{ cpusetCpus: '0-9999' }, 'cpuset_cpus is not a list'],
    [{ cpusetCpus: '0,' }, 'cpuset_cpus is not a list'],
    [{ memoryReservation: 1 }, 'minimum memory_reservation allowed is 6 MiB'],
    [{ memoryReservation: -1 }, 'minimum memory_reservation allowed is 6 MiB'],
    [{ memoryReservation: 2 ** 60 }, 'memory_reservation is absurdly large'],
    [{ oomScoreAdj: 1001 }, 'oom_score_adj must be between -1000 and 1000, not 1001'],
    [{ oomScoreAdj: -1 }, 'oom_score_adj -1: the engine has no right to go below its own, 0'],
    [{ memorySwappiness: 101 }, 'memory_swappiness must be between 0 and 100, not 101'],
    [{ blockDevices: { ...noDevices, weights: [{ path: '/dev/a', value: 1001 }] } }, 'weight of block device /dev/a must be between 10 and 1000, not 1001'],
    [{ blockDevices: { ...noDevices, readBps: [{ path: 'dev/a', value: 1 }] } }, 'path of a block device must be absolute: dev/a'],
    [{ blockDevices: { ...noDevices, writeIops: [{ path: '/dev/a', value: 0 }] } }, 'limit of block device /dev/a must be above 0: 0'],
    [{ blkioWeight: 9 }, 'blkio_weight must be between 10 and 1000, not 9'],
  ])('%j are refused', (part, message) => expect(() => validate(part)).toThrow(message));

  it('name a CPU again and again only within bounds', () => {
    expect(() => validate({ cpusetCpus: Array(100_000).fill('0-8191').join() })).toThrow('cpuset_cpus is longer than 16384 characters');
    const often = { cpusetCpus: Array(1000).fill('0-1').join() };
    expect(validate(often)).toEqual(often);
  });

  it('beyond the own are given by an engine that has the right to', () => {
    expect(validate({ ...nofile(1, 30_000), oomScoreAdj: -500 }, undefined, { unbounded: true })).toMatchObject({ oomScoreAdj: -500 });
  });

  it('fit each other', () => {
    expect(() => validate({ memoryReservation: 9 * mebibyte }, 8 * mebibyte)).toThrow('memory_reservation cannot be more than the memory limit');
    expect(validate({ memoryReservation: 8 * mebibyte }, 8 * mebibyte)).toEqual({ memoryReservation: 8 * mebibyte });
  });

  it('that the host does not know, or that endanger it, are told of', () => {
    expect(resourceWarnings({ oomKillDisable: true }, mebibyte, host)).toEqual([]);
    expect(resourceWarnings({ oomKillDisable: true }, undefined, host)).toEqual([expect.stringContaining('the host may run out of memory')]);
    const device = [{ path: '/dev/a', value: 10 }];
    const wanted = { oomKillDisable: true, memorySwappiness: 1, blkioWeight: 10, blockDevices: { ...noDevices, weights: device, writeBps: device } } as const;
    const warnings = resourceWarnings(wanted, undefined, { ...host, unified: true, blockWeights: false, blockRates: false });
    expect(warnings.map((warning) => warning.split(':')[0])).toEqual([
      'oom_kill_disable is not there with cgroup v2',
      'memory_swappiness is not there with cgroup v2',
      'the kernel knows no weights of block io',
      'the kernel knows no weights of block io',
      'the kernel knows no limits of block io',
    ]);
  });
});

test('no limit is all bits set', () => {
  expect(toRlimits([{ name: 'core', soft: 0, hard: -1 }])).toEqual([{ type: 'RLIMIT_CORE', soft: 0, hard: 18_446_744_073_709_551_615n }]);
});

describe('log options', () => {
  const defaults = { maxBytes: 10, maxFiles: 3 };

  it('take what is not said from the engine', () => {
    expect(validateLog(undefined, defaults)).toEqual(defaults);
    expect(validateLog({ driver: 'local', maxBytes: 5, maxFiles: 0 }, defaults)).toEqual({ driver: 'local', maxBytes: 5, maxFiles: 3 });
    expect(validateLog({ driver: 'none', maxBytes: 0, maxFiles: 0 }, defaults)).toMatchObject({ driver: 'none' });
  });

  it.each([
    [{ driver: 'syslog', maxBytes: 0, maxFiles: 0 }, 'unknown log driver: syslog (known: local, none)'],
    [{ driver: 'none', maxBytes: 1, maxFiles: 0 }, 'the log driver none keeps nothing and has no options'],
    [{ driver: '', maxBytes: -1, maxFiles: 0 }, 'max_bytes of the log must be a number of bytes, not -1'],
    [{ driver: '', maxBytes: 0, maxFiles: 1001 }, 'max_files of the log must be at most 1000, not 1001'],
  ])('%j are refused', (request, message) => expect(() => validateLog(request, defaults)).toThrow(message));
});
