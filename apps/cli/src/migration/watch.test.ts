import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { RunMigrationEvent } from '@arcbox/proto/arcbox/v1/api';
import type { Engine } from '../connection.ts';
import { watchMigration } from './watch.ts';

const engineWith = (state: MigrationState): Engine => ({ furtherMigration: { listMigrations: async () => ({ migrations: [{ planId: 'p', state }] }) } }) as unknown as Engine;

async function* ending(): AsyncGenerator<RunMigrationEvent> {
  yield RunMigrationEvent.create({ planId: 'p', done: true, message: 'why' });
}

describe('a migration that did not succeed', () => {
  it.each([
    [130, 'was cancelled, by whomever', MigrationState.MIGRATION_STATE_CANCELLED],
    [1, 'has failed', MigrationState.MIGRATION_STATE_FAILED],
  ])('ends with %d when it %s', async (code, _, state) => {
    await expect(watchMigration(engineWith(state), 'p', { json: false, begin: ending })).rejects.toMatchObject({ code, message: 'why' });
  });

  it('is told as it ended when the engine has gone since', async () => {
    const gone = { furtherMigration: { listMigrations: () => Promise.reject(new Error('nobody there')) } } as unknown as Engine;
    await expect(watchMigration(gone, 'p', { json: false, begin: ending })).rejects.toMatchObject({ code: 1, message: 'why' });
  });
});
