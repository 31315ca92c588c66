import { usually } from '../long.ts';
import { addRecipes } from './add-recipes.ts';
import { buildkitRecipes } from './buildkit-recipes.ts';
import { copyRecipes } from './copy-recipes.ts';
import type { Recipe } from './recipe.ts';
import { runRecipes } from './run-recipes.ts';
import { settingsRecipes } from './settings-recipes.ts';

const all: readonly Recipe[] = [...settingsRecipes, ...copyRecipes, ...addRecipes, ...runRecipes, ...buildkitRecipes];

/** Those that `npm test` builds: some of everything. */
const usual: ReadonlySet<string> = new Set([
  ...['arg-scopes', 'triggers-of-a-stage', 'copy-owners', 'copy-from-stages', 'dockerignore', 'add-archives', 'removed-and-made-anew'],
]);

export const recipes = usually(all.filter(({ name }) => usual.has(name)), all);
