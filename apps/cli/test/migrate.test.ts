import { MigrationState } from '@arcbox/proto/arcbox/engine/v1/migration';
import { eventually } from '@arcbox/testing';
import { buildCli } from './cli.ts';
import { failure, type FakeGateway, startFakeGateway, Status } from './fake-gateway.ts';

const cli = buildCli();
let gateway: FakeGateway;
let asked = 0;
const end = Promise.withResolvers<void>();

beforeAll(async () => {
  gateway = await startFakeGateway({
    furtherMigrations: {
      async *followMigration({ planId }) {
        yield { planId, phase: 'import-images' };
        await end.promise;
        yield { planId, message: 'the migration was cancelled', done: true };
      },
      listMigrations: async () => ({ migrations: [{ planId: 'p', state: MigrationState.MIGRATION_STATE_RUNNING }] }),
      async cancelMigration({ planId }) {
        if (planId === 'partly') return { notPutBack: ['volume data'] };
        if (++asked === 1) throw failure(Status.INTERNAL, 'not now');
        end.resolve();
        return {};
      },
    },
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  cli[Symbol.dispose]();
});

it('says what a cancelled migration has left', async () => {
  const { code, stdout, stderr } = await cli.run(['-H', `unix://${gateway.socket}`, 'migrate', 'cancel', 'partly']);
  expect([code, stdout, stderr]).toEqual([1, '', 'arcbox: plan partly is cancelled, but not all is as it was before: volume data\n']);
});

it('asks once more at the next Ctrl-C when it could not be cancelled at the first', async () => {
  const watching = cli.start(['-H', `unix://${gateway.socket}`, 'migrate', 'attach', 'p']);
  await eventually(() => expect(watching.output()).toContain('Bringing over images'));
  // Until it has heard that the first was in vain, it does not ask again.
  watching.kill('SIGINT');
  await eventually(() => expect(asked).toBe(1));
  const again = setInterval(() => asked === 1 && watching.kill('SIGINT'), 1000);
  const { code, stderr } = await watching.ended;
  clearInterval(again);
  expect([code, asked]).toEqual([130, 2]);
  expect(stderr).toContain('not now');
});
