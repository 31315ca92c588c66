import { isKind } from '@arcbox/errors';

/**
 * What was made by a run that died, or was cancelled, before it heard of it: who asks for it
 * once more, with the same key, is told its id. Undefined when it cannot be made: then it was
 * not, for who fails to make something leaves nothing.
 */
export async function findUnheard(makeAgain: () => Promise<{ id: string }>): Promise<string | undefined> {
  try {
    return (await makeAgain()).id;
  } catch (error) {
    if (isUncertain(error)) throw error;
    return undefined;
  }
}

const isUncertain = (error: unknown): boolean => isKind(error, 'unavailable', 'aborted', 'cancelled', 'deadline-exceeded', 'internal');
