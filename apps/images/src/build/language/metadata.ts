import { invalidArgument } from '@arcbox/errors';
import type { BuildState } from './build-state.ts';
import { expandWord, expandWords, type Lookup } from './expand.ts';
import type { ImageSettings } from './image-settings.ts';
import type {
  CommandInstruction,
  HealthcheckInstruction,
  ListInstruction,
  OnbuildInstruction,
  Pair,
  PairsInstruction,
  ShellInstruction,
  ValueInstruction,
} from './instruction.ts';
import { parsePorts } from './ports.ts';
import { withShell } from './shell.ts';
import { checkSignal } from './signal.ts';
import { lookupIn, setVariable } from './variables.ts';

/** Instructions that change nothing but what the image says of itself. */
type MetadataInstruction =
  | PairsInstruction
  | CommandInstruction
  | ListInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | ValueInstruction<'USER'>
  | ValueInstruction<'STOPSIGNAL'>;

interface Changed {
  readonly settings: ImageSettings;
  readonly createdBy: string;
}

export function applyMetadata(instruction: MetadataInstruction, state: BuildState): Changed {
  const { settings } = state;
  const lookup = lookupIn(state);
  const expand = (word: string): string => expandWord(word, lookup, state.scope);
  switch (instruction.keyword) {
    case 'ENV':
    case 'LABEL':
      return setPairs(instruction, settings, expand);
    case 'CMD':
    case 'ENTRYPOINT':
      return setCommand(instruction, state);
    case 'EXPOSE':
      return expose(instruction, state, lookup);
    case 'VOLUME':
      return addVolumes(instruction, settings, expand);
    case 'USER': {
      const user = expand(instruction.value);
      return { settings: { ...settings, user }, createdBy: `USER ${user}` };
    }
    case 'STOPSIGNAL': {
      const stopSignal = checkSignal(expand(instruction.value));
      return { settings: { ...settings, stopSignal }, createdBy: `STOPSIGNAL ${stopSignal}` };
    }
    case 'SHELL': {
      const { shell } = instruction;
      return { settings: { ...settings, shell }, createdBy: `SHELL ${JSON.stringify(shell)}` };
    }
    case 'HEALTHCHECK': {
      const { healthcheck, text } = instruction;
      return { settings: { ...settings, healthcheck }, createdBy: text };
    }
    case 'ONBUILD': {
      const { trigger } = instruction;
      return { settings: { ...settings, onBuild: [...settings.onBuild, trigger] }, createdBy: `ONBUILD ${trigger}` };
    }
  }
}

/** All values are expanded before the first is set. */
function setPairs(
  { keyword, pairs }: PairsInstruction,
  settings: ImageSettings,
  expand: (word: string) => string,
): Changed {
  const expanded: Pair[] = pairs.map(({ key, value }) => ({ key: expand(key), value: expand(value) }));
  if (expanded.some(({ key }) => key === '')) throw invalidArgument(`${keyword} names can not be blank`);
  const createdBy = [keyword, ...expanded.map(({ key, value }) => `${key}=${value}`)].join(' ');
  if (keyword === 'LABEL') {
    const added = Object.fromEntries(expanded.map(({ key, value }) => [key, value]));
    return { settings: { ...settings, labels: { ...settings.labels, ...added } }, createdBy };
  }
  const env = expanded.reduce((entries, { key, value }) => setVariable(entries, key, value), settings.env);
  return { settings: { ...settings, env }, createdBy };
}

/** An ENTRYPOINT takes away the CMD that came from the base. */
function setCommand({ keyword, command }: CommandInstruction, { settings, hasOwnCommand }: BuildState): Changed {
  const argv = 'exec' in command ? command.exec : withShell(settings, command.shell);
  const createdBy = `${keyword} ${JSON.stringify(argv)}`;
  if (keyword === 'CMD') return { settings: { ...settings, cmd: argv }, createdBy };
  const cmd = hasOwnCommand ? settings.cmd : undefined;
  return { settings: { ...settings, entrypoint: argv, cmd }, createdBy };
}

function expose({ items }: ListInstruction, { settings, scope }: BuildState, lookup: Lookup): Changed {
  const ports = items.flatMap((item) => expandWords(item, lookup, scope)).flatMap(parsePorts);
  const exposedPorts = [...new Set([...settings.exposedPorts, ...ports])];
  return { settings: { ...settings, exposedPorts }, createdBy: `EXPOSE ${ports.join(' ')}` };
}

function addVolumes({ items }: ListInstruction, settings: ImageSettings, expand: (word: string) => string): Changed {
  const paths = items.map((item) => expand(item.trim()));
  if (paths.includes('')) throw invalidArgument('VOLUME specified can not be an empty string');
  const volumes = [...new Set([...settings.volumes, ...paths])];
  return { settings: { ...settings, volumes }, createdBy: `VOLUME ${JSON.stringify(paths)}` };
}
