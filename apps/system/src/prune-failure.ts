import { EngineError } from '@arcbox/errors';
import { bytesOf, goneOf, pruneTypes, type Verdicts } from './prune.ts';

/** Names of one type that an error tells; of more it tells how many. */
const namedAtMost = 10;

/** Why a prune ended early, of the same kind, and what it had removed until then. */
export function pruneFailure(failure: unknown, verdicts: Verdicts): EngineError {
  const gone = pruneTypes.flatMap((type) => describe(type, goneOf(verdicts[type])) ?? []);
  const { kind, message } = failure instanceof EngineError ? failure : new EngineError('internal', 'internal error');
  return new EngineError(kind, `${message}; removed before that: ${gone.join('; ')}; ${bytesOf(verdicts)} bytes reclaimed`, { cause: failure });
}

function describe(type: string, names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length - namedAtMost;
  return `${type} ${names.slice(0, namedAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
