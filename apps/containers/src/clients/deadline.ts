/** The time by which a call to another worker has to be answered. */
export function deadlineIn(milliseconds: number): Date {
  return new Date(Date.now() + milliseconds);
}
