/** Where pictures are looked for: base addresses, without a slash at the end. */
export interface IconHosts {
  /** Logos of official images, and Devicon. */
  readonly jsdelivr: string;
  /** Avatars of GitHub's users and organisations. */
  readonly githubAvatars: string;
  readonly simpleIcons: string;
  /** The API of Docker Hub. */
  readonly dockerHub: string;
}

const variables = {
  jsdelivr: ['ARCBOX_ICONS_JSDELIVR', 'https://cdn.jsdelivr.net'],
  githubAvatars: ['ARCBOX_ICONS_GITHUB_AVATARS', 'https://avatars.githubusercontent.com'],
  simpleIcons: ['ARCBOX_ICONS_SIMPLE_ICONS', 'https://cdn.simpleicons.org'],
  dockerHub: ['ARCBOX_ICONS_DOCKER_HUB', 'https://hub.docker.com'],
} as const;

/** Reads the variables above. Throws on what is no http(s) address. */
export function readIconHosts(env: NodeJS.ProcessEnv): IconHosts {
  const read = ([name, usual]: readonly [string, string]): string => parseBase(name, env[name] || usual);
  return {
    jsdelivr: read(variables.jsdelivr),
    githubAvatars: read(variables.githubAvatars),
    simpleIcons: read(variables.simpleIcons),
    dockerHub: read(variables.dockerHub),
  };
}

function parseBase(name: string, text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) throw new Error(`${name}: not an http address: ${text}`);
  return text.replace(/\/+$/, '');
}
