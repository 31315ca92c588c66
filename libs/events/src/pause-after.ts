/** What it costs to tell a follower something, in all processes on its way, however many events it is; milliseconds. */
const costOfTelling = 0.06;

/** However many follow, an event waits no longer for those before it; milliseconds. */
const longest = 12;

/**
 * How long to wait before more is told, after so many followers were told something; milliseconds. What comes meanwhile
 * goes to all of them in one piece: one event at a time would take longer than they come. The first after a silence waits
 * for nothing, and where few follow the same nothing does.
 */
export function pauseAfter(told: number): number {
  const pause = told * costOfTelling;
  return pause < 1 ? 0 : Math.min(pause, longest);
}
