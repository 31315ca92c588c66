import { isOlder } from './compare-versions.ts';
import { type Finding, reporterOf } from './finding.ts';
import type { HostTree } from './host-tree.ts';

/** The first Linux with openat2(2), by which files in a container are opened and nothing outside it. */
const oldestLinux = '5.6';

/** Less memory than this is too little for what runs already; bytes. */
const littleMemory = 128 * 1024 * 1024;

const report = reporterOf('host');

/** What the host is and how it is. `built`: when the engine was made, where known; no clock is right that shows less. */
export function checkHost(tree: HostTree, { now, built }: { now: Date; built?: Date }): Finding[] {
  return [checkLinux(tree), checkMemory(tree), checkClock(now, built)];
}

function checkLinux(tree: HostTree): Finding {
  const release = tree.text('/proc/sys/kernel/osrelease');
  const [version] = /^\d+\.\d+/.exec(release ?? '') ?? [];
  if (version === undefined) return report.unknown('linux', 'the version of the kernel cannot be read');
  if (!isOlder(version, oldestLinux)) return report.ok('linux', `Linux ${release}`);
  return report.error('linux', `Linux ${release} is older than ${oldestLinux}: no file of a container can be opened safely`, 'boot a later kernel');
}

function checkMemory(tree: HostTree): Finding {
  const read = (field: string): number | undefined => {
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(tree.text('/proc/meminfo') ?? '') ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  };
  const [total, available] = [read('MemTotal'), read('MemAvailable')];
  if (total === undefined || available === undefined) return report.unknown('memory', 'how much memory is free cannot be read');
  const message = `${toMebibytes(available)} MiB of ${toMebibytes(total)} MiB of memory are available`;
  if (available >= littleMemory) return report.ok('memory', message);
  return report.warning('memory', message, 'stop what is not needed, or give containers limits: arcbox update --memory');
}

const toMebibytes = (bytes: number): number => Math.floor(bytes / 1024 / 1024);

/** A clock that is behind makes certificates of registries invalid. */
function checkClock(now: Date, built: Date | undefined): Finding {
  const message = `the clock shows ${now.toISOString()}`;
  if (built === undefined || now >= built) return report.ok('clock', message);
  return report.error('clock', `${message}, which is before the engine was built`, 'set the clock, best by NTP: timedatectl set-ntp true');
}
