import { formatDuration } from '../duration.ts';
import { formatMemory } from '../size.ts';
import { askedBy, removedBy } from './asker.ts';
import { type End, whyItEnded } from './exit-words.ts';
import type { Fact, Line, Story, Tale } from './fact.ts';
import { ago, lasted } from './moment.ts';
import { signalName } from './signal-name.ts';

/** What is known of a container after some of its facts. */
interface Known {
  readonly state: 'unknown' | 'created' | 'running' | 'paused' | 'exited' | 'removed';
  /** Its last start is known, and so all that was asked for since. */
  readonly sawStart: boolean;
  /** What has led to the state, and why. */
  readonly last?: Line;
  readonly image: string;
  readonly signals: End['signals'];
  readonly outOfMemory?: End['outOfMemory'];
  /** The last end, in words. */
  readonly end?: { readonly code: number; readonly why: string };
  /** Milliseconds until its restart policy starts it again, and the name of the policy. */
  readonly restart?: { readonly delay: number; readonly policy: string } | undefined;
  /** Its restart policy has started it. */
  readonly isAgain: boolean;
  /** Why its checks fail, and since when. */
  readonly unhealthy?: { readonly since: bigint; readonly why: string } | undefined;
}

/** Tells what has happened to a container; `now` in Unix milliseconds. */
export function tellContainer({ name, facts }: Story, now: number): Tale {
  let known: Known = { state: 'unknown', sawStart: false, image: '', signals: [], isAgain: false };
  const lines: Line[] = [];
  for (const fact of facts) {
    const line = tell(fact, known);
    lines.push(line);
    if (fact.type === 'container') known = { ...known, ...learn(fact, line, known) };
  }
  return { summary: `${name} ${summarise(known, now)}`, lines };
}

/** A fact in words, after what was known before. */
function tell(fact: Fact, known: Known): Line {
  const { action, attributes: of, cause, type } = fact;
  const asked = askedBy(cause);
  const say = (what: string, why = asked): Line => ({ fact, what, why });
  if (type === 'network') return say(`${action}ed ${action === 'connect' ? 'to' : 'from'} network ${of['name']}`);
  switch (action) {
    case 'create':
      return say(`created from ${of['image']}`);
    case 'start':
      return say('started', asked || whyStarted(of, known));
    case 'oom':
      return say('a process was killed for want of memory', of['memoryLimit'] ? `its limit is ${formatMemory(Number(of['memoryLimit']))}` : '');
    case 'kill':
      return say(`was sent ${signalName(Number(of['signal']))}`);
    case 'die':
      return say(`exited with ${of['exitCode']}${durationOf(of)}`, whyItEnded(endOf(fact, known)));
    case 'stop':
      return say('stopped');
    case 'destroy':
      return say('removed', removedBy(cause, 'it did not run') || whyRemoved(of));
    case 'rename':
      return say(`renamed from ${of['oldName']?.replace(/^\//, '')} to ${of['name']}`);
    case 'health_status':
      return say(`found ${of['health_status']}`, of['health_status'] === 'unhealthy' ? whyUnhealthy(of) : '');
    case 'commit':
      return say(`an image was made of it${of['imageRef'] ? `: ${of['imageRef']}` : ''}`);
    case 'exec_die':
      return say(`a command in it exited with ${of['exitCode']}`);
    default:
      return say(plainWords[action] ?? action.replaceAll('_', ' '));
  }
}

const plainWords: Readonly<Record<string, string>> = {
  attach: 'attached to',
  exec_create: 'a command in it was prepared',
  exec_start: 'a command in it was started',
  pause: 'paused',
  restart: 'restarted',
  unpause: 'unpaused',
  update: 'its limits or its restart policy were changed',
};

function learn(fact: Fact, line: Line, known: Known): Partial<Known> {
  const { action, attributes: of, cause, timeNano } = fact;
  switch (action) {
    case 'create':
      return { state: 'created', last: line, image: of['image'] ?? '' };
    case 'start': {
      const isAgain = !cause && policyOf(of, known) !== undefined;
      return { state: 'running', sawStart: true, last: line, signals: [], outOfMemory: undefined, restart: undefined, isAgain, unhealthy: undefined };
    }
    case 'oom':
      return { outOfMemory: { limit: of['memoryLimit'] ? Number(of['memoryLimit']) : undefined } };
    case 'kill':
      return { signals: [...known.signals, { number: Number(of['signal']), asker: askedBy(cause) }] };
    case 'die':
      return { state: 'exited', last: line, end: { code: Number(of['exitCode']), why: line.why }, restart: restartOf(of) };
    case 'stop':
      return { restart: undefined };
    case 'pause':
      return { state: 'paused', last: line };
    case 'unpause':
      return { state: 'running', last: line };
    case 'destroy':
      return { state: 'removed', last: line };
    case 'health_status':
      return { unhealthy: of['health_status'] === 'unhealthy' ? { since: timeNano, why: line.why } : undefined };
    default:
      return {};
  }
}

function endOf({ attributes: of }: Fact, { signals, outOfMemory, sawStart }: Known): End {
  return { code: Number(of['exitCode']), error: of['exitError'], outOfMemory, signals, isWhole: sawStart };
}

function restartOf(of: Fact['attributes']): Known['restart'] {
  return of['restartDelay'] === undefined ? undefined : { delay: Number(of['restartDelay']), policy: of['restartPolicy'] ?? '' };
}

function durationOf(of: Fact['attributes']): string {
  const seconds = Number(of['execDuration'] ?? 0);
  return seconds > 0 ? ` after ${formatDuration(seconds).toLowerCase()}` : '';
}

/** The policy that has started it; events of older engines say only at the end of a run that one will. */
const policyOf = (of: Fact['attributes'], { restart }: Known): string | undefined => of['restartPolicy'] ?? restart?.policy;

/** Empty where the log does not say. */
function whyStarted(of: Fact['attributes'], known: Known): string {
  const policy = policyOf(of, known);
  if (policy === undefined) return '';
  if (of['sinceBoot']) return `by its restart policy (${policy}), as the host had started`;
  const after = known.restart ? `, ${known.restart.delay} ms after it had ended` : '';
  return `by its restart policy (${policy})${after}${of['restartCount'] ? `, time ${of['restartCount']}` : ''}`;
}

const whyRemoved = (of: Fact['attributes']): string => (of['autoRemove'] ? 'because it was made to be removed when it ends (--rm)' : '');

function whyUnhealthy({ checkExitCode: code, checkOutput = '', failingStreak }: Fact['attributes']): string {
  const output = checkOutput.trim().replace(/\s+/g, ' ');
  const last = code === '-1' ? 'could not be made, or took too long' : `exited with ${code}`;
  return code === undefined ? 'its checks fail' : `its check failed ${failingStreak} times in a row, the last one ${last}${output && `: ${output}`}`;
}

function summarise(known: Known, now: number): string {
  const { state, last, end, image } = known;
  if (!last) return 'is in the log, but not how it was made or how it ended';
  const when = ago(last.fact.timeNano, now);
  switch (state) {
    case 'created':
      return `was created from ${image} ${when}${after(last.why)} and was never started`;
    case 'exited':
      return `exited with ${end?.code} ${when}: ${end?.why}${comesBack(known)}`;
    case 'removed':
      return `was removed ${when}${after(last.why)}${beforeRemoval(known)}`;
    case 'paused':
      return `has been paused for ${lasted(last.fact.timeNano, now)}${after(last.why)}`;
    default:
      return runs(known, last, now);
  }
}

function beforeRemoval({ end, image, sawStart }: Known): string {
  if (end) return `; before that it exited with ${end.code}: ${end.why}`;
  // Where its making is told, so are all of its starts.
  return image !== '' && !sawStart ? '; before that it was never started' : '';
}

function runs({ unhealthy, isAgain, end }: Known, last: Line, now: number): string {
  const again = isAgain && end ? `; the time before it exited with ${end.code}: ${end.why}` : '';
  if (unhealthy) return `runs but has been unhealthy for ${lasted(unhealthy.since, now)}: ${unhealthy.why}`;
  return `has run for ${lasted(last.fact.timeNano, now)}, ${last.what}${after(last.why)}${again}`;
}

const comesBack = ({ restart }: Known): string =>
  restart ? `; its restart policy (${restart.policy}) starts it again after ${restart.delay} ms` : '';

const after = (why: string): string => why && ` ${why}`;
