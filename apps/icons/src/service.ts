import { unimplemented } from '@arcbox/errors';
import type { IconServiceImplementation } from '@arcbox/proto/arcbox/v1/api';

export const iconsService: IconServiceImplementation = {
  async getImageIcon() {
    throw unimplemented('icons are not implemented yet');
  },
};
