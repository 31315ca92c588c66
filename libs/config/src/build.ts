declare const ARCBOX_BUILD: { version: string; commit: string; time: string } | undefined;

/** What was built; the bundler fills it in, source runs are `dev`. */
export const build =
  typeof ARCBOX_BUILD === 'undefined' ? { version: '0.1.0', commit: 'unknown', time: '' } : ARCBOX_BUILD;
