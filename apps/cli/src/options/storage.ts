import type { CreateOptions, MountOptions } from '@arcbox/proto/arcbox/engine/v1/container';
import type { Mount } from '@arcbox/proto/arcbox/v1/common';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { collect } from '../option-values.ts';
import { collectMount, collectVolume } from './mounts.ts';

/** Files that a container sees. */
export interface StorageOptions {
  volume?: readonly MountOptions[];
  mount?: readonly MountOptions[];
  tmpfs?: Record<string, string>;
  volumesFrom?: readonly string[];
  readOnly?: boolean;
}

export function addStorageOptions(command: Command): Command {
  return command
    .optionsGroup('Files:')
    .addOption(
      new Option('-v, --volume <source:target[:ro]>', 'a volume or a directory of the host').argParser(collectVolume),
    )
    .addOption(new Option('--mount <type=…,source=…,target=…>', 'the same, in words').argParser(collectMount))
    .addOption(
      new Option('--tmpfs <target[:options]>', 'a directory in memory: /run:size=64m,mode=1777').argParser(
        collectTmpfs,
      ),
    )
    .addOption(new Option('--volumes-from <container[:ro]>', 'the volumes of another container').argParser(collect))
    .option('--read-only', 'nothing of the image can be written to');
}

/** The mounts that arcbox.v1 can express. */
export function plainMountsOf(options: StorageOptions): Mount[] {
  return allMounts(options).flatMap((wish) => (isPlain(wish) && wish.mount ? [wish.mount] : []));
}

export function storageOf(options: StorageOptions): Partial<CreateOptions> {
  return {
    mounts: allMounts(options).filter((wish) => !isPlain(wish)),
    tmpfs: options.tmpfs ?? {},
    volumesFrom: [...(options.volumesFrom ?? [])],
    readOnly: options.readOnly ?? false,
  };
}

const allMounts = ({ volume = [], mount = [] }: StorageOptions): MountOptions[] => [...volume, ...mount];

/** Nothing but the mount itself is asked for. */
const isPlain = ({ mount: _mount, ...further }: MountOptions): boolean =>
  Object.values(further).every((value) => (typeof value === 'object' ? Object.keys(value).length === 0 : !value));

function collectTmpfs(text: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [target = '', ...rest] = text.split(':');
  if (!target.startsWith('/')) throw new InvalidArgumentError('Write /path/in/container[:options].');
  return { ...previous, [target]: rest.join(':') };
}
