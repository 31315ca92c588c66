import { type Json, numberOf, objectOf, objectsOf, textOf, textsOf } from './json.ts';

/** A container as podman's Docker API tells it, with what only its own API tells: `GET /libpod/containers/{id}/json`. */
export function withOwnWords(container: Json, own: Json): Json {
  const command = textsOf(objectOf(own['Config'])['CreateCommand']);
  const settings = objectOf(container['NetworkSettings']);
  const [only, ...others] = Object.entries(objectOf(settings['Networks']));
  if (!only || others.length > 0) return { ...container, Podman: own };
  const [network, endpoint] = [only[0], objectOf(only[1])];
  const addresses = {
    IPAddress: textOf(endpoint['IPAddress']) || given(command, '--ip'),
    GlobalIPv6Address: textOf(endpoint['GlobalIPv6Address']) || given(command, '--ip6'),
  };
  return { ...container, NetworkSettings: { ...settings, Networks: { [network]: { ...endpoint, ...addresses } } }, Podman: own };
}

/** What somebody who made a container said: `--ip A` or `--ip=A`. Of one that does not run nothing else tells its address. */
function given(command: readonly string[], option: string): string {
  const at = command.indexOf(option);
  if (at !== -1) return command[at + 1] ?? '';
  return command.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1) ?? '';
}

/** What cannot be carried of that, in words. */
export function uncarriedOfPodman(own: Json): string[] {
  const config = objectOf(own['Config']);
  const [zone, umask, action] = [textOf(config['Timezone']), textOf(config['Umask']), textOf(config['HealthcheckOnFailureAction'])];
  const seconds = numberOf(config['Timeout']);
  return [
    ...objectsOf(config['Secrets']).map(({ Name }) => `secret ${textOf(Name)}`),
    ...(zone === '' ? [] : [`time zone ${zone}`]),
    ...(['', '0022'].includes(umask) ? [] : [`umask ${umask}`]),
    ...(seconds === 0 ? [] : [`an end ${seconds} s after each start`]),
    ...(['', 'none'].includes(action) ? [] : [`${action} when it is unhealthy`]),
    ...(textOf(own['Pod']) === '' ? [] : ['its pod']),
  ];
}
