import type { CommandResult } from '../engine.ts';

/** What of a result is compared. */
export interface Observation {
  readonly line: string;
  readonly code: number;
  readonly stdout: string;
  /** The kind of complaint, or the text of the container itself. */
  readonly stderr: string;
}

/** Kinds of complaints; both word them in their own way. */
const complaints: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['bad value', /bind source path|invalid mount config|option '--mount /i],
  ['bad value', /unknown (shorthand )?flag|unknown option|invalid argument .* for|argument '.*' is invalid|option '.*' argument|must provide one or more|say what to change/i],
  ['bad words', /requires (at least )?\d arguments?|missing required argument|accepts no arguments|too many arguments|unknown command/i],
  ['no such container', /no such container/i],
  ['no such object', /no such object/i],
  ['no such image', /no such image/i],
  ['no such network', /network .*not found|no such network/i],
  ['no such volume', /no such volume|get .*: no such volume/i],
  ['command not found', /executable file not found|no such file or directory|not found in|command not found|cannot find/i],
  ['not executable', /permission denied|not executable/i],
  ['name in use', /connected to network .* already|is already in use|already exists|name .* taken/i],
  ['in use', /active endpoints|is in use/i],
  ['not connected', /is not connected/i],
  ['no such port', /no public port/i],
  ['not running', /is not running|does not run|cannot attach to a stopped/i],
  ['is running', /running container|is running|stop the container before|is still running/i],
  ['paused', /is paused|is not paused|already paused|a paused container/i],
  ['no terminal', /input device is not a TTY/i],
  ['bad name', /invalid container name/i],
  ['bad signal', /invalid signal|unknown signal/i],
  ['bad template', /^(arcbox: )?template(:| parsing error)/],
  ['unknown driver', /unknown (network|log) driver|plugin .* not found/i],
  ['no log', /does not support reading|keeps no log/i],
  ['no such file', /could not find the file/i],
  ['unknown filter', /(unknown|invalid) filter/i],
  ['bad address', /no matching subnet|not an address of|not a subnet|invalid subnet|user defined networks only|cannot be chosen on network/i],
  ['no such user', /unable to find user/i],
  ['bad value', /unknown capability|minimum memory|invalid|conflict|cannot|must|only allowed|exclude|not allowed|range|must keep|find PID field/i],
];

const fromClient = /^(no matching subnet|docker: |arcbox: |error|errors|Error response from daemon|unknown|invalid|the input device|you must|See '|you cannot|"docker|conflicting)/i;

export function observe(line: string, { code, stdout, stderr }: CommandResult): Observation {
  return { line, code, stdout: withoutIds(stdout), stderr: kindOf(stderr) };
}

function kindOf(stderr: string): string {
  if (stderr === '' || !fromClient.test(stderr)) return withoutIds(stderr);
  const found = complaints.find(([, pattern]) => pattern.test(stderr));
  return found ? `(${found[0]})` : `(other) ${withoutIds(stderr)}`;
}

/** Ids are never the same; short ones and full ones are told apart. */
function withoutIds(text: string): string {
  return text.replace(/\b[0-9a-f]{64}\b/g, '<id>').replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b/g, '<short id>');
}
