import { requireAgreed } from './agreed.ts';
import { tagOf } from './names.ts';
import type { RunContext } from './context.ts';
import type { LocalVolume } from '../target/volumes-client.ts';

type Context = Omit<RunContext, 'source'>;

/** Tells an empty volume that holds a name for a moment from one that somebody else has made. */
const label = 'arcbox.migration';

/** Makes an empty volume for what has come to be exchanged with. FAILED_PRECONDITION when somebody else's has the name. */
export async function requireStandIn(context: Context, name: string): Promise<void> {
  const { targets, signal } = context;
  await targets.volumes.create({ name, options: {}, labels: { [label]: tagOf(context) } }, signal);
  if (!isStandIn(context, await targets.volumes.find(name, signal))) requireAgreed(context, `volume ${name}`);
}

export function isStandIn(context: Context, volume: LocalVolume | undefined): boolean {
  return volume?.labels[label] === tagOf(context);
}
