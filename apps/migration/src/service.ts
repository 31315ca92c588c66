import { unimplemented } from '@arcbox/errors';
import type { MigrationServiceImplementation } from '@arcbox/proto/arcbox/v1/api';

export const migrationService: MigrationServiceImplementation = {
  async prepareMigration() {
    throw unimplemented('migration is not implemented yet');
  },
  runMigration() {
    throw unimplemented('migration is not implemented yet');
  },
};
