import { messageOf } from '@arcbox/errors';
import type { RunContext } from './context.ts';
import { isHelper } from './names.ts';
import { hasRun } from './stop-again.ts';

/** When everything is here: whoever has run at the source since it was read, or is new there, is told. That source may be gone by now, which ends nothing. */
export async function tellLateStarts(context: RunContext): Promise<void> {
  const { journal, signal } = context;
  try {
    for (const name of await lateStarts(context)) {
      journal.warn(`container ${name} was started at the source after it was brought over: what it has written there since is not here`);
    }
    for (const name of await newcomers(context)) journal.warn(`container ${name} was made at the source after the plan: it is not here`);
  } catch (error) {
    signal.throwIfAborted();
    journal.warn(`whether containers were started at the source after they were brought over is not known: ${messageOf(error)}`);
  }
}

async function lateStarts({ plan, source, items, signal }: RunContext): Promise<string[]> {
  const late: string[] = [];
  for (const { id, name } of plan.containers) {
    const [item, found] = [items.get('source', id), await source.container(id, signal)];
    if (item && found && hasRun(found, item)) late.push(name);
  }
  return late;
}

async function newcomers({ plan, source, signal }: RunContext): Promise<string[]> {
  if (!plan.others) return [];
  const known = new Set([...plan.containers.map(({ id }) => id), ...plan.others]);
  return [...(await source.names(signal))].filter(([id, name]) => !known.has(id) && !isHelper(name)).map(([, name]) => name);
}
