import { noCycles } from './cycles.mjs';
import { fileNames } from './file-names.mjs';
import { packageHomes } from './homes.mjs';
import { layering } from './layering.mjs';
import { plainVerbs } from './verbs.mjs';

/** The habits of this repository that a tool can check. CONTRIBUTING and the docs say why they are ours. */
export const plugin = {
  meta: { name: 'arcbox' },
  rules: {
    'file-names': fileNames,
    layering,
    'no-cycles': noCycles,
    'package-homes': packageHomes,
    'plain-verbs': plainVerbs,
  },
};
