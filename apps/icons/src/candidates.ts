import type { IconHosts } from '@arcbox/config';
import { slugOf } from './brands.ts';

/** Where a picture comes from, in the words of the contract. */
export type Source =
  | 'docker_official_image'
  | 'ghcr_avatar'
  | 'devicon'
  | 'simpleicon'
  | 'docker_hub_logo'
  | 'docker_hub_org_gravatar';

/** Where a picture may be. */
export interface Candidate {
  readonly source: Source;
  /** Address of the picture itself, or of a JSON document that says where it is. */
  readonly url: string;
  /** The field of that document. */
  readonly field?: 'logo_url' | 'gravatar_url';
  /** Under which name it is in the set that comes with the engine. */
  readonly packaged?: string;
}

const dockerHub = 'docker.io';
const official = 'library';

/** Where a picture of a repository may be, the best place first. */
export function candidatesOf({ domain, path }: { domain: string; path: string }, hosts: IconHosts): Candidate[] {
  const parts = path.split('/');
  const name = parts.at(-1) ?? '';
  const namespace = parts.length > 1 ? (parts[0] ?? '') : '';
  const isOfficial = domain === dockerHub && namespace === official;
  const owner = isOfficial ? '' : namespace;
  const devicons = [...new Set([name, owner].filter(Boolean))];
  const slug = slugOf(name);
  return [
    ...(isOfficial ? [picture('docker_official_image', `${hosts.jsdelivr}/gh/docker-library/docs@master/${name}/logo.png`)] : []),
    ...(domain === 'ghcr.io' && owner ? [picture('ghcr_avatar', `${hosts.githubAvatars}/${owner}`)] : []),
    ...devicons.map((each) => picture('devicon', `${hosts.jsdelivr}/gh/devicons/devicon@latest/icons/${each}/${each}-original.svg`)),
    ...(slug ? [{ ...picture('simpleicon', `${hosts.simpleIcons}/${slug}`), packaged: slug }] : []),
    ...(domain === dockerHub ? onDockerHub(path, owner, hosts.dockerHub) : []),
  ];
}

function onDockerHub(path: string, owner: string, hub: string): Candidate[] {
  const logo = `${hub}/api/media/repos_logo/v1/${encodeURIComponent(path)}?type=logo`;
  const organisation = `${hub}/v2/orgs/${owner}/`;
  return [
    { source: 'docker_hub_logo', url: logo, field: 'logo_url' },
    ...(owner ? [{ source: 'docker_hub_org_gravatar', url: organisation, field: 'gravatar_url' } as const] : []),
  ];
}

const picture = (source: Source, url: string): Candidate => ({ source, url });
