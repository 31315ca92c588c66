import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** Simple Icons, which npm has brought: pictures that need no network. */
const inPackage = createRequire(import.meta.url);

interface Brand {
  readonly slug?: string;
  readonly title: string;
  /** Colour, six hex digits. */
  readonly hex: string;
}

/**
 * The picture of a slug as a `data:` address, in the colour of the brand;
 * undefined when there is none. Read anew each time: who asks keeps the answer.
 */
export function packagedIcon(slug: string): string | undefined {
  if (!/^[a-z0-9]+$/.test(slug)) return undefined;
  const svg = readPackaged(`icons/${slug}.svg`);
  if (!svg) return undefined;
  const colour = colourOf(slug);
  const picture = colour ? svg.replace('<svg ', `<svg fill="#${colour}" `) : svg;
  return `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`;
}

function colourOf(slug: string): string | undefined {
  const brands = JSON.parse(readPackaged('icons.json') ?? '[]') as readonly Brand[];
  return brands.find((brand) => brand.slug === slug)?.hex;
}

function readPackaged(path: string): string | undefined {
  try {
    return readFileSync(inPackage.resolve(`simple-icons/${path}`), 'utf8');
  } catch {
    // There is no such picture, or a deployment that left the set out.
    return undefined;
  }
}
