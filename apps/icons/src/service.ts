import type { IconServiceImplementation } from '@arcbox/proto/arcbox/v1/api';
import { parseReference } from '@arcbox/reference';
import type { Icons } from './icons.ts';

export function iconService({ icons }: { icons: Icons }): IconServiceImplementation {
  return {
    async getImageIcon({ fqin }) {
      const { url, source } = await icons.get(parseReference(fqin));
      return { url, source };
    },
  };
}
