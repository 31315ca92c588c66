import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeIf, temporaryRoot, type TemporaryRoot } from '@arcbox/testing';
import { type Docker, startDocker } from './as-docker/docker.ts';
import { type Side, sideOfArcbox, sideOfDocker } from './as-docker/side.ts';
import { hello } from './engine.ts';
import { oneEngine } from './one-engine.ts';

const needs = ['root', 'overlay', 'runc', 'conmon', 'nats-server', 'dockerd', 'docker', 'unshare'];

/** What a process of a container can see of what it may; each part begins with `#`. */
const probe = `
echo '# status'; grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status
echo '# devices'; cd /dev; find . -not -name console | sort | while read f; do stat -c '%n %F %a %t:%T %u:%g' $f; done
echo '# device rules'; sort /sys/fs/cgroup/devices/devices.list
echo '# masked'; for f in acpi asound interrupts kcore keys latency_stats sched_debug scsi timer_list timer_stats; do
  [ -d /proc/$f ] && echo "$f directory $(ls /proc/$f | wc -l)"; [ -f /proc/$f ] && echo "$f file $(head -c 64 /proc/$f | wc -c)"; done
ls /sys/firmware | wc -l
echo '# writable'; for f in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus /proc/fs /sys /sys/kernel /sys/fs/cgroup /dev /dev/shm /dev/mqueue /proc /; do [ -w $f ] && echo $f; done
echo '# mounts'; while read _ place type options _; do case $place in /|/etc/*|/host*|/dev/console) ;; *) echo "$place $type $options";; esac; done < /proc/mounts | sed -E 's/size=[0-9]+k,nr_inodes=[0-9]+,//; s/,inode(32|64)//' | sort
echo '# namespaces'; for ns in cgroup ipc mnt net pid uts user; do echo "$ns $(readlink /proc/self/ns/$ns)"; done
echo '# limits'; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range /proc/self/oom_score_adj
`;

/**
 * Every system call with arguments that none can be right with: `refused` where
 * a filter, or the want of a capability, answers; anything else means that the
 * kernel has looked at them. Those that end, stop or double the process are left out.
 */
const callAll = `
sub said { my ($result, $error) = @_; return $result == -1 && ($error == 1 || $error == 38) ? "refused" : "reached"; }
my %skip = map { $_ => 1 } (15, 34, 56, 57, 58, 60, 130, 231, 435);
$| = 1;
for my $number (grep { !$skip{$_} } 0 .. 462) {
  my $child = fork();
  if ($child == 0) {
    alarm 2;
    my $result = syscall($number, -1, -1, -1, -1, -1, -1);
    my $error = $! + 0;
    print "$number ", said($result, $error), "\\n";
    kill 9, $$;
  }
  waitpid $child, 0;
}
`;

/** Calls whose arguments decide. CLONE_NEWUSER with CLONE_FS makes no process: the kernel, when it is asked, says no. */
const callSome = `
sub try { my ($name, @call) = @_; my $result = syscall($call[0], map { 0 + $_ } @call[1 .. $#call]); print "$name ", said($result, $! + 0), "\\n"; }
try("unshare-$_", 272, $_) for (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000);
try("clone", 56, 0x10000200, 0, 0, 0, 0);
try("personality-$_", 135, $_) for (0, 8, 0x20000, 0x20008, 0xffffffff, 0x40000);
try("socket-$_", 41, $_, 2, 0) for (1, 2, 10, 16);
`;

/** Lines that are meant to be otherwise: the dockerd that set-up installs, 20.10, is older than these decisions. */
const newer: readonly RegExp[] = [
  // Its counts tell about keystrokes and others' work; later versions mask it.
  /^interrupts file|^\/proc\/interrupts /,
  // name_to_handle_at, process_vm_readv, process_vm_writev, pkey_mprotect, pkey_alloc, pkey_free: later versions let them through.
  /^(303|310|311|329|330|331) reached$/,
  // io_uring_setup, io_uring_enter, io_uring_register: later versions do not.
  /^(425|426|427) refused$/,
];
const isNewer = (line: string): boolean => newer.some((pattern) => pattern.test(line));

/** Docker gives a privileged container all that the kernel knows, and fails where the daemon itself has less. */
function hasAllCapabilities(): boolean {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  const bounding = /CapBnd:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return BigInt(`0x${bounding}`) === (1n << BigInt(last + 1)) - 1n;
}

describeIf(needs, 'the defaults of docker and of arcbox', () => {
  const engine = oneEngine();
  let files: TemporaryRoot;
  let docker: Docker;
  let sides: readonly [Side, Side];

  beforeAll(async () => {
    files = temporaryRoot();
    docker = await startDocker(join(files.path, 'docker'));
    const archive = join(files.path, 'hello.tar');
    await engine().ok('save', '-o', archive, hello);
    const loaded = await docker.docker(['load', '-i', archive]);
    if (loaded.code !== 0) throw new Error(loaded.stderr);
    sides = [sideOfDocker(docker), sideOfArcbox(engine())];
  });

  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]();
    await files?.[Symbol.asyncDispose]();
  });

  /** Theirs and ours: what `words` print in a container with these options. */
  async function both(options: readonly string[], words: readonly string[]): Promise<[string[], string[]]> {
    const [theirs, ours] = await Promise.all(
      sides.map(async ({ run }) => {
        const { code, stdout, stderr } = await run(['run', '--rm', '--network', 'none', ...options, hello, ...words]);
        if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
        return stdout.trim().split('\n');
      }),
    );
    return [theirs ?? [], ours ?? []];
  }

  const isOwn = /^(ipc|mnt|net|pid|uts) .*/;

  it.each([
    ['by default', []],
    ['as another user', ['--user', '1000:1000', '--group-add', '7']],
    ['read-only, with other capabilities', ['--read-only', '--cap-add', 'NET_ADMIN', '--cap-drop', 'CHOWN', '--tmpfs', '/run', '--shm-size', '1m']],
    ...(hasAllCapabilities() ? [['privileged', ['--privileged']] as [string, string[]]] : []),
    ['without protections', ['--security-opt', 'seccomp=unconfined', '--security-opt', 'systempaths=unconfined', '--ipc', 'host', '--pid', 'host', '--uts', 'host']],
  ])('give a process the same %s', async (_, options) => {
    const [theirs, ours] = await both(options, ['sh', '-c', probe]);
    // Each container has its own, where it has not the host's.
    const own = (lines: string[]): string[] => lines.map((line) => line.replace(options.includes('host') ? /^(mnt|net) .*/ : isOwn, '$1 own'));
    const compared = (lines: string[]): string[] => own(lines).filter((line) => !isNewer(line));
    expect(compared(ours)).toEqual(compared(theirs));
  });

  const onThisProcessor = process.arch === 'x64' ? it : it.skip;

  onThisProcessor.each([
    ['by default', []],
    ['with CAP_SYS_ADMIN', ['--cap-add', 'SYS_ADMIN']],
  ])('let the same system calls through %s', async (_, options) => {
    const [theirs, ours] = await both(['-v', '/:/host:ro', ...options], ['chroot', '/host', 'perl', '-e', callAll + callSome]);
    expect(ours.filter((line, i) => line !== theirs[i] && !isNewer(line))).toEqual([]);
    expect(ours).toHaveLength(theirs.length);
  });
});
