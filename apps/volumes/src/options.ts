import { isAbsolute } from 'node:path';
import { invalidArgument } from '@arcbox/errors';
import { MountFlag } from '@arcbox/linux';

/** A file system in memory. */
export interface MemoryMount {
  readonly type: 'tmpfs';
  /** As in `MountFlag`. */
  readonly flags: number;
  /** For the file system: `size=64m,mode=1777`. */
  readonly data: string;
}

/** A directory of the host, which may be of any file system. */
export interface BindMount {
  readonly type: 'bind';
  /** Its path. */
  readonly source: string;
  /** Options as mount(8) takes them, `bind` or `rbind` among them. */
  readonly words: readonly string[];
}

/** What a server has. */
export interface RemoteMount {
  readonly type: 'nfs' | 'nfs4';
  /** As mount(8) takes it: `:/path` or `host:/path`. */
  readonly source: string;
  /** Name or address of the server. */
  readonly server: string;
  /** Options, without `addr`. */
  readonly words: readonly string[];
}

const flagsByName: { readonly [name: string]: number } = {
  rw: 0,
  defaults: 0,
  ro: MountFlag.readonly,
  nosuid: MountFlag.nosuid,
  nodev: MountFlag.nodev,
  noexec: MountFlag.noexec,
  bind: MountFlag.bind,
  rbind: MountFlag.bind | MountFlag.recursive,
};

/** Options that tmpfs(5) takes. */
const tmpfsOptions = ['size', 'nr_inodes', 'mode', 'uid', 'gid'];

/**
 * Reads `type`, `device` and `o` as Docker's `local` driver means them: what is to
 * be mounted; undefined for a plain directory. INVALID_ARGUMENT on all that is not
 * supported.
 */
export function parseOptions(options: { readonly [name: string]: string }): MemoryMount | BindMount | RemoteMount | undefined {
  const { type = '', device = '', o = '', ...unknown } = options;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) throw invalidArgument(`volume option ${stranger} is not supported`);
  if (type === '' && device === '' && o === '') return undefined;
  // The kernel would end the text there.
  if ([type, device, o].some((text) => text.includes('\0'))) throw invalidArgument('volume options cannot contain a zero byte');
  const words = o.split(',').filter(Boolean);
  const flags = words.reduce((sum, word) => sum | (flagsByName[word] ?? 0), 0);
  const data = words.filter((word) => !Object.hasOwn(flagsByName, word));
  if (flags & MountFlag.bind) return parseBind(type, device, words);
  if (type === 'tmpfs') return parseTmpfs(flags, data);
  if (type === 'nfs' || type === 'nfs4') return parseRemote(type, device, words);
  throw invalidArgument(`volumes of type ${type || '(empty)'} are not supported: tmpfs and nfs are, and none with o=bind`);
}

function parseBind(type: string, device: string, words: readonly string[]): BindMount {
  if (!['', 'none', 'bind'].includes(type)) throw invalidArgument(`volume options: o=bind needs type none, not ${type}`);
  if (!isAbsolute(device)) throw invalidArgument(`volume options: device must be an absolute path: ${device || '(empty)'}`);
  const stranger = words.find((word) => !Object.hasOwn(flagsByName, word));
  if (stranger !== undefined) throw invalidArgument(`volume options: a bind mount takes no option ${stranger}`);
  return { type: 'bind', source: device, words };
}

function parseTmpfs(flags: number, data: readonly string[]): MemoryMount {
  const stranger = data.find((word) => !tmpfsOptions.includes(word.split('=')[0] ?? ''));
  if (stranger !== undefined) throw invalidArgument(`volume options: tmpfs takes no option ${stranger}`);
  return { type: 'tmpfs', flags, data: data.join(',') };
}

/** The server is that of `addr`, as Docker has it, or of the device. */
function parseRemote(type: RemoteMount['type'], device: string, words: readonly string[]): RemoteMount {
  const [, host = '', path] = /^(\[[0-9a-fA-F:.]+\]|[^:/,[\]]*):(\/.*)$/.exec(device) ?? [];
  if (path === undefined) throw invalidArgument(`volume options: device must be :/path or host:/path: ${device || '(empty)'}`);
  const server = words.findLast((word) => word.startsWith('addr='))?.slice('addr='.length) || host.replace(/^\[|\]$/g, '');
  if (server === '') throw invalidArgument('volume options: o=addr=… must name the server');
  const shown = server.includes(':') ? `[${server}]` : server;
  return { type, source: `${host || shown}:${path}`, server, words: words.filter((word) => !word.startsWith('addr=')) };
}

/** Whether reading the volume may wait for somebody else, for ever: a server, or whatever the host has mounted at a directory. */
export function isForeign(options: { readonly [name: string]: string }): boolean {
  const mount = parseOptions(options);
  return mount !== undefined && mount.type !== 'tmpfs';
}
