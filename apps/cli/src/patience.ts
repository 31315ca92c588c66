/** How long calls may take that do more than look something up, in milliseconds. */
export const patience = {
  create: 10 * 60_000,
  start: 10 * 60_000,
  remove: 10 * 60_000,
  prune: 60 * 60_000,
  /** Whatever containers have written is walked. */
  diskUsage: 10 * 60_000,
  /** On top of what the container itself is given to end. */
  stop: 60_000,
} as const;
