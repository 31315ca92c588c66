import { chownSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failedPrecondition } from '@arcbox/errors';
import { resolveOwner } from './copy/owner.ts';
import type { WorkdirAction } from './language/action.ts';
import { pathInRoot } from './path-in-root.ts';
import type { FileStep } from './perform-step.ts';

/** A directory for the instructions that follow, which belongs to their user if it is new. */
export function workdirStep({ path, user, display }: WorkdirAction): FileStep {
  return {
    name: display,
    key: { kind: 'workdir', path, user },
    async perform(root) {
      const parts = pathInRoot(root.path, path).split('/').filter(Boolean);
      const owner = user === '' ? { uid: 0, gid: 0 } : resolveOwner(root.path, user);
      for (let depth = 1; depth <= parts.length; depth++) {
        const directory = join(root.path, ...parts.slice(0, depth));
        const stat = lstatSync(directory, { throwIfNoEntry: false });
        if (stat && !stat.isDirectory()) throw failedPrecondition(`${path} cannot be a directory: /${parts.slice(0, depth).join('/')} is a file`);
        if (stat) continue;
        mkdirSync(directory, { mode: 0o755 });
        chownSync(directory, owner.uid, owner.gid);
      }
    },
  };
}
