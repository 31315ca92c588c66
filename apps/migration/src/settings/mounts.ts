import { isSet, isTrue, type Json, numberOf, objectOf, objectsOf, textMapOf, textOf, textsOf } from './json.ts';
import type { MountOrder, Texts } from './order.ts';

/** File trees of a container. What it took from others is among them: it gets the same, whoever is there. */
export function toMounts(container: Json, lost: string[]): readonly MountOrder[] {
  const host = objectOf(container['HostConfig']);
  const asked = new Map(objectsOf(host['Mounts']).map((mount) => [clean(textOf(mount['Target'])), mount]));
  const modes = new Map(textsOf(host['Binds']).flatMap((bind) => modesOf(bind)));
  const tmpfs = new Set(Object.keys(textMapOf(host['Tmpfs'])).map(clean));
  const found = objectsOf(container['Mounts']).filter(({ Destination }) => !tmpfs.has(clean(textOf(Destination))));
  return found.flatMap((mount) => {
    const target = clean(textOf(mount['Destination']));
    return mountOf(mount, { target, asked: asked.get(target) ?? {}, modes: modes.get(target) }, lost);
  });
}

interface Asked {
  readonly target: string;
  /** Its entry in HostConfig.Mounts. */
  readonly asked: Json;
  /** Words of its `-v`; undefined when it was not asked for so. */
  readonly modes: readonly string[] | undefined;
}

function mountOf(mount: Json, place: Asked, lost: string[]): MountOrder[] {
  const type = textOf(mount['Type']);
  const plain = { ...emptyMount, target: place.target, readonly: mount['RW'] === false };
  checkWords(place, lost);
  switch (type) {
    case 'bind':
      return [{ ...plain, type, source: textOf(mount['Source']), ...bindOptions(place, lost) }];
    case 'volume': {
      const options = objectOf(place.asked['VolumeOptions']);
      const noCopy = isTrue(options['NoCopy']) || (place.modes?.includes('nocopy') ?? false);
      return [{ ...plain, type, source: textOf(mount['Name']), noCopy, subpath: textOf(options['Subpath']) }];
    }
    case 'tmpfs': {
      const options = objectOf(place.asked['TmpfsOptions']);
      if (isSet(options['Options'])) lost.push(`options of the tmpfs at ${place.target}: ${JSON.stringify(options['Options'])}`);
      return [{ ...plain, type, source: '', tmpfsBytes: numberOf(options['SizeBytes']), tmpfsMode: unixMode(numberOf(options['Mode'])) }];
    }
    default:
      lost.push(`mount of type ${type} at ${place.target}`);
      return [];
  }
}

const emptyMount = { propagation: '', noCopy: false, subpath: '', tmpfsBytes: 0, tmpfsMode: 0, createSource: false, nonRecursive: false };

/** A missing source of `-v` is made, that of `--mount` is not. What propagation is shown may be the engine's own choice. */
function bindOptions({ target, asked, modes }: Asked, lost: string[]): Pick<MountOrder, 'propagation' | 'createSource' | 'nonRecursive'> {
  const { Propagation, NonRecursive, CreateMountpoint, ...others } = objectOf(asked['BindOptions']);
  const further = Object.keys(others).filter((name) => isSet(others[name]));
  lost.push(...further.map((name) => `${name} of the bind at ${target}`));
  const propagation = textOf(Propagation) || (modes ?? []).find((word) => propagations.has(word)) || '';
  return {
    propagation: propagation === 'rprivate' ? '' : propagation,
    createSource: modes !== undefined || isTrue(CreateMountpoint),
    nonRecursive: isTrue(NonRecursive) || ((modes?.includes('bind') ?? false) && !(modes?.includes('rbind') ?? false)),
  };
}

const propagations = new Set(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']);

/** Of `-v`: those that are read elsewhere, that say what is so anyway, or that mean nothing on Linux. */
const understood = new Set([
  ...['', 'ro', 'rw', 'nocopy', 'copy', 'bind', 'rbind', 'dev', 'nodev', 'suid', 'nosuid', 'exec'],
  ...['consistent', 'cached', 'delegated', 'default'],
  ...propagations,
]);

function checkWords({ target, modes = [] }: Asked, lost: string[]): void {
  lost.push(...modes.filter((word) => !understood.has(word)).map((word) => `${word} of the mount at ${target}`));
}

/** `source:/target:ro,z` → the target and its words. A source may have colons, a target begins with a slash. */
function modesOf(bind: string): [string, string[]][] {
  const [, target = '', words = ''] = /:(\/[^:]*)(?::([^:/]*))?$/.exec(bind) ?? [];
  return target === '' ? [] : [[clean(target), words.split(',')]];
}

const clean = (path: string): string => path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');

/** Go has the sticky, set-group and set-user bits elsewhere than everybody else: io/fs, FileMode. */
function unixMode(mode: number): number {
  const bits: readonly (readonly [go: number, unix: number])[] = [
    [2 ** 20, 0o1000],
    [2 ** 22, 0o2000],
    [2 ** 23, 0o4000],
  ];
  return bits.reduce((unix, [go, bit]) => (Math.floor(mode / go) % 2 === 1 ? unix | bit : unix), mode & 0o7777);
}

/** Path to mount options. What podman shows of propagation says nothing of a tmpfs. */
export function toTmpfs(container: Json, lost: string[]): Texts {
  const places = Object.entries(textMapOf(objectOf(container['HostConfig'])['Tmpfs']));
  return Object.fromEntries(places.map(([path, text]) => [path, tmpfsOptions(path, text, lost)]));
}

const tmpfsOption = /^(defaults|(no)?(suid|dev|exec|mand|atime|diratime|relatime|strictatime)|a?sync|dirsync|ro|rw|(size|nr_blocks|nr_inodes|mode|uid|gid|mpol)=.+)$/;

function tmpfsOptions(path: string, text: string, lost: string[]): string {
  const options = text.split(',').filter((option) => option !== '' && !propagations.has(option));
  const unknown = options.filter((option) => !tmpfsOption.test(option));
  lost.push(...unknown.map((option) => `${option} of the tmpfs at ${path}`));
  return options.filter((option) => tmpfsOption.test(option)).join(',');
}
