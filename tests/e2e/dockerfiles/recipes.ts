import { addRecipes } from './add-recipes.ts';
import { buildkitRecipes } from './buildkit-recipes.ts';
import { copyRecipes } from './copy-recipes.ts';
import type { Recipe } from './recipe.ts';
import { runRecipes } from './run-recipes.ts';
import { settingsRecipes } from './settings-recipes.ts';

export const recipes: readonly Recipe[] = [...settingsRecipes, ...copyRecipes, ...addRecipes, ...runRecipes, ...buildkitRecipes];
