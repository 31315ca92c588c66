import { asObject } from '../../image/manifest.ts';
import { normalize, type Platform } from '../../image/platform.ts';
import type { BuildState } from './build-state.ts';
import { readSettings, writeSettings } from './image-settings.ts';
import type { Instruction } from './instruction.ts';
import { parseTriggers } from './parse.ts';
import type { PlannedStage } from './stages.ts';
import { setVariable } from './variables.ts';

/** A stage right after its FROM. */
export interface StageStart {
  readonly state: BuildState;
  /** ONBUILD instructions of the base: they come before the stage's own. */
  readonly triggers: readonly Instruction[];
}

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Fields that tell of the container a base image was committed from. */
const ofTheBaseAlone = new Set(['config', 'author', 'container', 'container_config', 'docker_version', 'created']);

type Stage = Pick<PlannedStage, 'scope' | 'line'>;

/**
 * The state after FROM an image, whose configuration is `document` as parsed JSON; undefined for scratch.
 * `platform` is used for what the document does not say.
 */
export function stateFrom(document: unknown, platform: Platform, stage: Stage): StageStart {
  const fields = asObject(document);
  const settings = document === undefined ? { ...readSettings({}), workingDir: '/' } : readSettings(fields['config']);
  const hasPath = settings.env.some((entry) => entry.startsWith('PATH='));
  const state: BuildState = {
    scope: stage.scope,
    platform: platformOf(fields, platform),
    document: Object.fromEntries(Object.entries(fields).filter(([name]) => !ofTheBaseAlone.has(name))),
    author: text(fields['author']),
    settings: hasPath ? settings : { ...settings, env: setVariable(settings.env, 'PATH', defaultPath) },
    args: new Map(),
    hasOwnCommand: false,
  };
  return fireTriggers(state, stage);
}

/** The state after FROM an earlier stage, whose last state is `parent`. ARGs of the parent stay in scope. */
export function stateFromStage(parent: BuildState, stage: Stage): StageStart {
  return fireTriggers({ ...parent, scope: stage.scope, hasOwnCommand: false }, stage);
}

/** The image's configuration as it goes on disk. `rootfs`, `history` and `created` are the builder's to set. */
export function documentOf({ document, platform, author, settings }: BuildState): Record<string, unknown> {
  const { os, architecture, variant } = platform;
  return {
    ...document,
    architecture,
    os,
    ...(variant === '' ? {} : { variant }),
    ...(author === '' ? {} : { author }),
    config: writeSettings(settings),
  };
}

function fireTriggers(state: BuildState, { line, scope }: Stage): StageStart {
  const triggers = parseTriggers(state.settings.onBuild, line, scope.escape);
  return { state: { ...state, settings: { ...state.settings, onBuild: [] } }, triggers };
}

function platformOf(fields: Record<string, unknown>, platform: Platform): Platform {
  const os = text(fields['os']);
  const architecture = text(fields['architecture']);
  if (os === '' || architecture === '') return platform;
  return normalize({ os, architecture, variant: text(fields['variant']) });
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
