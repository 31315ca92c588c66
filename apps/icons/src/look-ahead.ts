import { parseReference } from '@arcbox/reference';
import type { Icons } from './icons.ts';

/** Looks for the picture of an image that was just pulled: whoever shows it next need not wait. */
export function lookAhead(icons: Icons, imageName: string | undefined): void {
  if (!imageName) return;
  try {
    void icons.get(parseReference(imageName));
  } catch {
    // An image may be pulled by a name that no registry would take; then there is nothing to look for.
  }
}
