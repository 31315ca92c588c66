import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeIf } from '@arcbox/testing';

/** Files of a container's cgroup, as a kernel with only cgroup v2 shows them. */
const files = {
  'cgroup.procs': '11\n12\n',
  'inner/deeper/cgroup.procs': '13\n',
  'cgroup.events': 'populated 1\nfrozen 1\n',
  'cgroup.freeze': '0\n',
  'memory.events': 'low 0\nhigh 0\nmax 5\noom 3\noom_kill 2\noom_group_kill 0\n',
  'memory.current': '900000\n',
  'memory.stat': 'anon 1000\nfile 300000\nactive_file 100000\ninactive_file 200000\n',
  'cpu.stat': 'usage_usec 123456\nuser_usec 100000\nsystem_usec 23456\nnr_periods 0\n',
  'io.stat': '8:16 rbytes=1000 wbytes=2000 rios=1 wios=2 dbytes=0 dios=0\n8:0 rbytes=10 wbytes=20 rios=1 wios=1 dbytes=0 dios=0\n',
  'pids.current': '3\n',
  ...{ 'memory.max': '1\n', 'memory.swap.max': '1\n', 'memory.low': '3\n', 'pids.max': '7\n' },
  ...{ 'cpu.max': '5 6\n', 'cpu.weight': '4\n', 'cpuset.cpus': '0\n' },
};

describeIf(['root', 'unshare'], 'on cgroup v2', () => {
  it('containers are frozen, measured, freed of their limits, and removed', () => {
    const tree = mkdtempSync(join(tmpdir(), 'cgroup-'));
    try {
      writeFileSync(join(tree, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
      mkdirSync(join(tree, 'arcbox/empty/inner'), { recursive: true });
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(join(tree, 'arcbox/one', name, '..'), { recursive: true });
        writeFileSync(join(tree, 'arcbox/one', name), text);
      }
      const script = 'mount --bind "$1" /sys/fs/cgroup && exec "$2" --experimental-strip-types --no-warnings "$3"';
      const args = ['-m', 'sh', '-c', script, 'sh', tree, process.execPath, join(import.meta.dirname, 'on-unified-cgroup.ts')];
      expect(JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }))).toEqual({
        unified: true,
        kills: 2,
        processes: [11, 12, 13],
        sample: ['123456000', '700000', '1000000', '1010', '2020'],
        pids: 3,
        removed: true,
        left: [false, true, false],
      });
      const now = (name: string): string => readFileSync(join(tree, 'arcbox/one', name), 'utf8');
      expect(now('cgroup.freeze')).toBe('1');
      expect(['memory.max', 'memory.swap.max', 'memory.low', 'pids.max'].map(now)).toEqual(['max', 'max', '0', 'max']);
      expect(['cpu.max', 'cpu.weight', 'cpuset.cpus'].map(now)).toEqual(['max 100000', '100', '']);
    } finally {
      rmSync(tree, { recursive: true });
    }
  });
});
