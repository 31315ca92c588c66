import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root directory. */
export const repository = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/**
 * An absolute path inside the repository.
 * @param {...string} parts
 */
export const inRepository = (...parts) => join(repository, ...parts);
