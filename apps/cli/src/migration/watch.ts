import { setTimeout as sleep } from 'node:timers/promises';
import { dataLoss, messageOf } from '@arcbox/errors';
import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import type { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import type { Engine } from '../connection.ts';
import { Exit, exitCodes } from '../exit.ts';
import { isFailure, toEngineError } from '../failure.ts';
import { complain, note, write } from '../output.ts';
import { formatEnd } from './plan.ts';
import { viewFor } from './view.ts';

/** How long an engine may be away that was there before, and between two looks for it; milliseconds. */
const longestAbsence = 60_000;
const betweenLooks = 500;

/** Shows a run of a plan, which `begin` begins or joins, until the end; warnings that were told with the plan are not told again. Exits with 1 when it fails, with 130 when it was cancelled. */
export async function watchMigration(
  engine: Engine,
  planId: string,
  { json, begin, told = [] }: { json: boolean; begin: () => AsyncIterable<RunMigrationEvent>; told?: readonly string[] },
): Promise<void> {
  const view = await viewFor(process.stdout, json);
  using interruption = cancelOnInterrupt(engine, planId);
  let last: RunMigrationEvent | undefined;
  try {
    for await (const event of eventsOf(engine, planId, begin)) {
      view.show(event);
      last = event;
    }
  } finally {
    view.end();
  }
  if (!last?.done) throw dataLoss('the engine stopped telling before the end');
  if (!json) await write(process.stdout, formatEnd(last, told));
  if (last.success) return;
  const isCancelled = interruption.asked || (await wasCancelled(engine, planId));
  throw new Exit(isCancelled ? exitCodes.interrupted : exitCodes.failed, last.message);
}

/** By whomever. Where that cannot be had any more, how the run has ended is known all the same. */
async function wasCancelled(engine: Engine, planId: string): Promise<boolean> {
  const { migrations } = await engine.furtherMigration.listMigrations({}).catch(() => ({ migrations: [] }));
  return migrations.some((one) => one.planId === planId && one.state === MigrationState.MIGRATION_STATE_CANCELLED);
}

/** The run belongs to the engine: when that comes back after a crash, so does the run. It is not begun again: it may have been undone. */
async function* eventsOf(engine: Engine, planId: string, begin: () => AsyncIterable<RunMigrationEvent>): AsyncGenerator<RunMigrationEvent> {
  let heard = Date.now();
  let hasBegun = false;
  for (;;) {
    try {
      for await (const event of hasBegun ? engine.furtherMigration.followMigration({ planId }) : begin()) {
        hasBegun = true;
        heard = Date.now();
        yield event;
        if (event.done) return;
      }
      return;
    } catch (error) {
      if (!isFailure(error, 'unavailable') || Date.now() - heard > longestAbsence) throw error;
      await sleep(betweenLooks);
    }
  }
}

interface Interruption extends Disposable {
  /** Somebody wants it to end. */
  readonly asked: boolean;
}

/** The first Ctrl-C cancels the run, which takes its time; the second leaves. When the run was not cancelled, the next is the first again. */
function cancelOnInterrupt(engine: Engine, planId: string): Interruption {
  let asked = false;
  const listener = (): void => {
    if (asked) {
      note(`the engine goes on; see arcbox migrate attach ${planId}`);
      process.exit(exitCodes.interrupted);
    }
    asked = true;
    note('cancelling: everything is put back; Ctrl-C again leaves that to the engine');
    engine.furtherMigration.cancelMigration({ planId }, { deadline: Infinity }).catch((error: unknown) => {
      complain(messageOf(toEngineError(error)));
      asked = false;
    });
  };
  process.on('SIGINT', listener);
  return {
    get asked() {
      return asked;
    },
    [Symbol.dispose]: () => void process.off('SIGINT', listener),
  };
}
