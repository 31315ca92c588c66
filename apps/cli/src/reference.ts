/** An image reference, taken apart as docker does. */
export interface Reference {
  /** `docker.io`, `registry:5000`. */
  readonly domain: string;
  /** `library/nginx`. */
  readonly path: string;
  /** Empty when there is none. */
  readonly tag: string;
  /** `sha256:…`, empty when there is none. */
  readonly digest: string;
}

/** Takes a reference apart; whether it is well formed is for the engine to say. */
export function parseReference(text: string): Reference {
  const [named = '', digest = ''] = text.split('@', 2);
  const { repo, tag } = splitTag(named);
  const slash = repo.indexOf('/');
  const first = slash < 0 ? '' : repo.slice(0, slash);
  if (/[.:]/.test(first) || first === 'localhost') {
    const path = repo.slice(slash + 1);
    const hub = first === 'index.docker.io' || first === 'docker.io';
    return {
      domain: hub ? 'docker.io' : first,
      path: hub && !path.includes('/') ? `library/${path}` : path,
      tag,
      digest,
    };
  }
  return { domain: 'docker.io', path: slash < 0 ? `library/${repo}` : repo, tag, digest };
}

/** Splits `registry:5000/app:1.2` at the colon of the tag. */
export function splitTag(text: string): { repo: string; tag: string } {
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { repo: text, tag: '' };
  return { repo: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** The full name: `docker.io/library/nginx:latest`. */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  const name = `${domain}/${path}`;
  if (digest) return `${name}${tag ? `:${tag}` : ''}@${digest}`;
  return `${name}:${tag || 'latest'}`;
}
