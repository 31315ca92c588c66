import { invalidArgument } from '@arcbox/errors';
import { hostPlatform } from '../../image/platform.ts';
import type { BuildState } from './build-state.ts';
import { readSettings, writeSettings } from './image-settings.ts';
import { interpret } from './interpret.ts';
import { parseOne } from './parse.ts';

const allowed = new Set([
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/**
 * The `config` object of an image after instructions such as `ENV a=b`: what
 * `--change` of import and commit takes. Fields that no instruction knows stay.
 */
export function applyChanges(config: unknown, changes: readonly string[]): Record<string, unknown> {
  const scope = { index: 0, names: [], escape: '\\', buildArgs: new Map(), globalArgs: new Map() } as const;
  let state: BuildState = {
    scope,
    platform: hostPlatform(),
    document: {},
    author: '',
    settings: readSettings(config),
    args: new Map(),
    hasOwnCommand: false,
  };
  for (const change of changes) {
    const instruction = parseOne(change, 1, scope.escape);
    if (instruction.keyword === 'FROM' || !allowed.has(instruction.keyword)) {
      throw invalidArgument(`${instruction.keyword} is not a valid change command`);
    }
    ({ state } = interpret(instruction, state));
  }
  return writeSettings(state.settings);
}
