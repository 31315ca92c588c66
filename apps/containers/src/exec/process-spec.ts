import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerminalSize } from '@arcbox/linux';
import type { Container } from '../record/container.ts';
import { toRlimits } from '../options/ulimits.ts';
import type { Places } from '../record/places.ts';
import { mergeEntries } from '../spec/environment.ts';
import { capabilitySets } from '../spec/build.ts';
import type { HostAbilities } from '../spec/host.ts';
import { readInRoot } from '../spec/in-root.ts';
import type { OciProcess, OciSpec } from '../spec/oci.ts';
import { resolveUser } from '../spec/user.ts';
import type { ExecCommand } from './exec.ts';
import { usualSize } from './launch.ts';

/** The process of `runc exec --process`: as the container's first one, with what the command says instead. */
export function processSpec(
  { places, host }: { places: Places; host: HostAbilities },
  { id, config }: Container,
  command: ExecCommand,
  size: TerminalSize | undefined,
): OciProcess {
  const { process: first } = JSON.parse(readFileSync(join(places.bundle(id), 'config.json'), 'utf8')) as OciSpec;
  const { cmd, env, workingDir, tty, privileged } = command;
  const user = userOf(places.root(id), command, config.security?.groupAdd);
  const uid = user?.uid ?? first.user.uid;
  const available = privileged ? host.allCapabilities : first.capabilities.bounding;
  return {
    ...first,
    terminal: tty,
    ...(tty ? { consoleSize: size ?? usualSize } : { consoleSize: undefined }),
    ...(user ? { user: { uid, gid: user.gid, additionalGids: [...user.additionalGids] } } : {}),
    args: [...cmd],
    env: mergeEntries(first.env, [...(user ? [`HOME=${user.home}`] : []), ...(tty ? ['TERM=xterm'] : []), ...env]),
    cwd: workingDir || first.cwd,
    capabilities: user || privileged ? capabilitySets(available, uid) : first.capabilities,
    noNewPrivileges: privileged ? false : first.noNewPrivileges,
    // Those of the file have lost digits when it was read.
    rlimits: toRlimits(config.resources?.ulimits ?? []),
  };
}

function userOf(root: string, { user }: ExecCommand, groupAdd: readonly string[] = []): ReturnType<typeof resolveUser> | undefined {
  if (user === '') return undefined;
  return resolveUser(user, readInRoot(root, 'etc/passwd') ?? '', readInRoot(root, 'etc/group') ?? '', groupAdd);
}
