import { formatMemory } from '../size.ts';
import { signalName } from './signal-name.ts';

/** What is known of a run that has ended. */
export interface End {
  readonly code: number;
  /** What is odd about it, as the engine says it. */
  readonly error?: string | undefined;
  /** The kernel has killed a process of it for want of memory; bytes that it might use, where there was a limit. */
  readonly outOfMemory?: { readonly limit?: number | undefined } | undefined;
  /** Signals that were asked for in this run, with who has asked. */
  readonly signals: readonly { readonly number: number; readonly asker: string }[];
  /** They are all: its start is known too. */
  readonly isWhole: boolean;
}

const sigkill = 9;

/** Signals that are sent to end a program: SIGINT, SIGQUIT, SIGKILL, SIGTERM, SIGRTMIN+3. Others may mean anything to it. */
const endings = [2, 3, sigkill, 15, 37];

/** Codes that shells and runtimes give a meaning, and what a crash says of a program. */
const meanings: Readonly<Record<number, string>> = {
  0: 'it came to its end without an error',
  126: 'its command could not be executed',
  127: 'its command was not found',
  131: 'it quit with a dump of its memory (SIGQUIT)',
  132: 'it crashed: its processor does not know an instruction of it (SIGILL)',
  134: 'it gave up by itself (SIGABRT)',
  135: 'it crashed: it used memory that is not there (SIGBUS)',
  136: 'it crashed: it divided by zero or the like (SIGFPE)',
  139: 'it crashed: it used memory that is not its own (SIGSEGV)',
  141: 'nobody read what it wrote any more (SIGPIPE)',
  159: 'it made a system call that is forbidden (SIGSYS)',
};

/** Signals that the engine sends when it is asked to: what it says of a program that none was sent to. */
const unasked: Readonly<Record<number, string>> = {
  130: 'it ended by SIGINT, which came from inside it or from its terminal',
  137: 'it was killed (SIGKILL) by somebody else than the engine',
  143: 'it ended by SIGTERM, which did not come from the engine',
};

/** Why a container has ended. */
export function whyItEnded(end: End): string {
  const { code, error, outOfMemory, signals, isWhole } = end;
  if (error) return error;
  const limit = outOfMemory?.limit ? ` (limit ${formatMemory(outOfMemory.limit)})` : '';
  if (outOfMemory && code === 128 + sigkill) return `killed for want of memory${limit}`;
  const before = outOfMemory ? `; before that a process in it was killed for want of memory${limit}` : '';
  return `${ofSignals(code, signals) ?? (isWhole ? unasked[code] : undefined) ?? meaningOf(code)}${before}`;
}

/** Where the engine was asked to end it. */
function ofSignals(code: number, signals: End['signals']): string | undefined {
  const sent = signals.findLast(({ number }) => code === 128 + number);
  const wish = signals.findLast(({ number }) => number !== sigkill && endings.includes(number));
  if (sent?.number === sigkill && wish) return `it did not end on ${signalName(wish.number)} and was killed${by(sent.asker)}`;
  if (sent?.number === sigkill) return `killed${by(sent.asker)}`;
  if (sent) return `ended by ${signalName(sent.number)}${by(sent.asker)}`;
  // One that crashes was not asked to.
  return wish && code <= 128 ? `it ended on ${signalName(wish.number)}${by(wish.asker)}` : undefined;
}

const by = (asker: string): string => asker && ` ${asker}`;

function meaningOf(code: number): string {
  const known = meanings[code];
  if (known) return known;
  return code > 128 && code <= 192 ? `it ended by ${signalName(code - 128)}` : 'it ended with an error of its own';
}
