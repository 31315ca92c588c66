import { formatFamiliar, parseReference } from '@arcbox/reference';

/** The short form of the name of an image. What is none, as `<none>:<none>`, or an id, is as it is. */
export function familiar(name: string): string {
  try {
    return formatFamiliar(parseReference(name));
  } catch {
    return name;
  }
}
