import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bytesText } from './bytes-text.ts';
import { type Finding, reporterOf } from './finding.ts';
import type { HostTree } from './host-tree.ts';
import { type Mount, mountOf, readMounts } from './mounts.ts';

/** Bytes that are too few for one more image, and for one more record. */
const [little, none] = [1024 ** 3, 64 * 1024 ** 2];

/** The same as shares of the inodes. */
const [littleShare, noShare] = [0.05, 0.005];

/** overlayfs takes none of them for what a container writes. */
const unfit = ['overlay', 'nfs', 'nfs4', 'cifs', 'smb3', '9p', 'vfat', 'exfat', 'fuse'];

/** A disk that has not answered by then hangs; milliseconds. */
const patience = 3_000;

const report = reporterOf('disk');

/** A directory and what is kept in it. */
export interface Place {
  /** `state`, `run`, `volumes`. */
  readonly name: string;
  readonly path: string;
  /** Containers write there, through overlayfs. */
  readonly holdsLayers?: boolean;
  /** What is there has to outlive a reboot. */
  readonly isDurable?: boolean;
}

/**
 * Room and inodes of the file systems that the places are on, each told once,
 * and whether they are of use. A place that is not made yet is where it would be.
 */
export async function checkDisk(places: readonly Place[], tree: HostTree): Promise<Finding[]> {
  const mounts = readMounts(tree);
  if (mounts === undefined) return [report.unknown('disk', 'what is mounted cannot be read')];
  const byMount = Map.groupBy(places, ({ path }) => mountOf(existing(path), mounts));
  return (await Promise.all([...byMount].map(([mount, there]) => checkMount(mount, there)))).flat();
}

async function checkMount(mount: Mount | undefined, places: readonly Place[]): Promise<Finding[]> {
  const name = `disk of ${places.map((place) => place.name).join(', ')}`;
  const path = existing(places[0]?.path ?? '/');
  try {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${patience / 1000} s`)), patience);
    const { bsize, blocks, bavail, files, ffree } = await Promise.race([statfs(path), late.promise]).finally(() => clearTimeout(timer));
    const room = { free: bavail * bsize, total: blocks * bsize, inodesFree: ffree, inodes: files };
    return [...judgeRoom(name, path, room), ...(mount ? judgeKind(name, mount, places) : [])];
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [report.unknown(name, `${path} is not for us to look at`)];
    return [report.error(name, `${path} cannot be looked at: ${(error as Error).message}`, 'see that the directory is there and its disk answers')];
  }
}

/** The path, or the first directory above it that there is. */
const existing = (path: string): string => (path === '/' || existsSync(path) ? path : existing(dirname(path)));

/** Bytes that are free for everybody, and inodes; a file system without a number of inodes says 0. */
export interface Room {
  readonly free: number;
  readonly total: number;
  readonly inodesFree: number;
  readonly inodes: number;
}

export function judgeRoom(name: string, path: string, { free, total, inodesFree, inodes }: Room): Finding[] {
  const share = inodes === 0 ? 1 : inodesFree / inodes;
  const message = `${bytesText(free)} of ${bytesText(total)} are free in ${path}${inodes === 0 ? '' : `, and ${inodesFree} of ${inodes} inodes`}`;
  const advice = 'make room: arcbox system prune, arcbox builder prune';
  if (free < none || share < noShare) return [report.error(name, message, advice)];
  // A small disk has little room when it is new.
  if (free < Math.min(little, total / 10) || share < littleShare) return [report.warning(name, message, advice)];
  return [report.ok(name, message)];
}

/** What is wrong with the file system itself. */
function judgeKind(name: string, { kind, path, readOnly }: Mount, places: readonly Place[]): Finding[] {
  const findings: Finding[] = [];
  if (readOnly) findings.push(report.error(name, `${path} (${kind}) is mounted read-only`, `look why (dmesg), then: mount -o remount,rw ${path}`));
  const elsewhere = 'keep the state of the engine on ext4, xfs or btrfs: npm start -- --root DIR';
  if (places.some(({ holdsLayers }) => holdsLayers) && unfit.some((each) => kind === each || kind.startsWith(`${each}.`))) {
    findings.push(report.error(name, `${path} is ${kind}, on which overlayfs cannot write`, elsewhere));
  }
  if (places.some(({ isDurable }) => isDurable) && ['tmpfs', 'ramfs'].includes(kind)) {
    findings.push(report.warning(name, `${path} is ${kind}: everything on it is gone after a reboot`, elsewhere));
  }
  return findings;
}
