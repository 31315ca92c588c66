import { changesNothing } from './read-only.ts';

describe('what a method does, by its name', () => {
  it.each(['GetInfo', 'PlanPrune', 'Diagnose', 'ListCache', 'StatPath', 'Stats', 'ReadLogs', 'WatchSetupStatus', 'History'])('%s changes nothing', (name) => {
    expect(changesNothing(name)).toBe(true);
  });

  it.each(['Start', 'Restart', 'Prune', 'PruneCache', 'Create', 'ExecStart', 'Rename', 'Attach', 'RunMigration', 'PrepareMigration'])('%s may', (name) => {
    expect(changesNothing(name)).toBe(false);
  });
});
