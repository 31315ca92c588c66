import { failedPrecondition } from '@arcbox/errors';
import type { Build, Position } from './build.ts';
import type { BuildRoot } from './build-root.ts';
import type { RunAction } from './language/action.ts';
import { missingPlaces, type Place, removePlaces } from './mount-points.ts';
import { mountKeys } from './mount-keys.ts';
import type { FileStep } from './perform-step.ts';
import { openMounts } from './run-mounts.ts';

/** A program that runs in the stage's files, in a container like any other. */
export async function runStep(build: Build, position: Position, action: RunAction, step: number): Promise<FileStep> {
  const { argv, user, workingDir, argsForCache: args, script } = action;
  const { extraHosts } = build.options;
  const network = action.network === 'default' ? build.options.network || 'default' : action.network;
  return {
    name: action.display,
    key: {
      kind: 'run',
      ...{ argv, env: position.state.settings.env, args, user, workingDir, network },
      ...(Object.keys(extraHosts).length > 0 ? { extraHosts: Object.entries(extraHosts).sort() } : {}),
      script: script && { path: script.path, content: script.content.toString('base64') },
      mounts: await mountKeys(build, action.mounts, step),
    },
    perform: async (root, signal) => {
      const { exitCode, places } = await run(build, position, { action, root, network, step }, signal);
      removePlaces(root.upper, places);
      if (exitCode === 0) return;
      throw failedPrecondition(`The command '${argv.join(' ')}' returned a non-zero code: ${exitCode}`);
    },
  };
}

interface Run {
  readonly action: RunAction;
  readonly root: BuildRoot;
  readonly network: string;
  readonly step: number;
}

/** When it returns, container and mounts are gone; `places` are what was made to mount them. */
async function run(
  build: Build,
  { base }: Position,
  { action, root, network, step }: Run,
  signal: AbortSignal,
): Promise<{ exitCode: number; places: Place[] }> {
  const { containers, workspace, options } = build;
  await using opened = await openMounts(build, action, step, signal);
  const { mounts, environmentFile, overlays } = opened;
  const places = missingPlaces(root.path, mounts.map(({ target }) => target));
  // The container mounts it, with the ids that it has.
  root[Symbol.dispose]();
  await using container = workspace.container();
  const program = {
    name: container.name,
    rootfs: root.path,
    overlays: [...overlays, root],
    image: base?.record.id ?? 'scratch',
    argv: action.argv,
    env: environment(action.env),
    workingDir: action.workingDir,
    user: action.user,
    mounts,
    network,
    extraHosts: options.extraHosts,
    environmentFile,
    labels: { 'dev.arcbox.build': workspace.id },
  };
  const exitCode = await containers.run(program, (stream, data) => build.tell({ kind: 'output', step, stream, data }), signal);
  return { exitCode, places };
}

function environment(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name = '', ...value] = entry.split('=');
      return [name, value.join('=')];
    }),
  );
}
