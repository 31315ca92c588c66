import { isTrue, type Json, numberOf, objectOf, textMapOf, textOf, textsOf } from './json.ts';
import type { ContainerOrder, HealthCheckOrder } from './order.ts';
import type { Source } from './source.ts';

type ProcessOrder = Pick<
  ContainerOrder,
  | 'entrypoint' | 'clearEntrypoint' | 'cmd' | 'env' | 'workingDir' | 'user' | 'hostname' | 'domainname' | 'tty' | 'stdinOpen' | 'stdinOnce'
  | 'labels' | 'annotations' | 'stopSignal' | 'stopTimeout' | 'init' | 'autoRemove' | 'restart' | 'healthCheck'
>;

/** As sethostname(2) and DNS have it; docker takes any text. */
const hostnamePattern = /^[a-zA-Z0-9]([a-zA-Z0-9.-]{0,62}[a-zA-Z0-9])?$/;

/** What runs in a container and how it lives. The source shows everything with what the image gives: it is said again, whole. */
export function toProcess(container: Json, { image, source }: { image: Json | undefined; source: Source }, lost: string[]): ProcessOrder {
  const [config, host] = [objectOf(container['Config']), objectOf(container['HostConfig'])];
  const fromImage = objectOf(image?.['Config']);
  const entrypoint = textsOf(config['Entrypoint']);
  return {
    entrypoint,
    clearEntrypoint: entrypoint.length === 0,
    cmd: textsOf(config['Cmd']),
    env: environmentOf(config, { fromImage, source }, lost),
    workingDir: textOf(config['WorkingDir']) || (textOf(fromImage['WorkingDir']) === '' ? '' : '/'),
    user: textOf(config['User']) || (textOf(fromImage['User']) === '' ? '' : '0'),
    ...hostnamesOf(container, lost),
    tty: isTrue(config['Tty']),
    stdinOpen: isTrue(config['OpenStdin']),
    stdinOnce: isTrue(config['StdinOnce']),
    labels: textMapOf(config['Labels']),
    annotations: annotationsOf(host),
    stopSignal: textOf(config['StopSignal']),
    ...stopTimeoutOf(config, lost),
    ...(typeof host['Init'] === 'boolean' ? { init: host['Init'] } : {}),
    autoRemove: isTrue(host['AutoRemove']),
    restart: restartOf(host),
    ...healthCheckOf(objectOf(config['Healthcheck']), fromImage),
  };
}

/** Of a text without `=` docker takes the variable away from the process. */
function environmentOf(config: Json, { fromImage, source }: { fromImage: Json; source: Source }, lost: string[]): { [name: string]: string } {
  const given = textsOf(fromImage['Env']);
  const ofImage = new Set(given.map(nameOf));
  const isOwn = source === 'podman' ? isOfPodman(textOf(config['Hostname'])) : () => false;
  const entries = textsOf(config['Env']).filter((entry) => given.includes(entry) || !isOwn(entry));
  for (const entry of entries.filter((text) => !text.includes('='))) {
    if (ofImage.has(entry)) lost.push(`variable ${entry} was taken away from what the image sets: here it is there`);
  }
  return Object.fromEntries(entries.filter((entry) => entry.includes('=')).map((entry) => [nameOf(entry), entry.slice(nameOf(entry).length + 1)]));
}

/** What podman gives every container and shows as if somebody had asked for it. */
function isOfPodman(hostname: string): (entry: string) => boolean {
  const own = new Set(['container=podman', 'TERM=xterm', `HOSTNAME=${hostname}`]);
  return (entry) => own.has(entry);
}

const nameOf = (entry: string): string => entry.split('=', 1)[0] ?? '';

/** A name that the engine gave is not carried: here it is made of the new id. */
function hostnamesOf(container: Json, lost: string[]): Pick<ContainerOrder, 'hostname' | 'domainname'> {
  const [config, host] = [objectOf(container['Config']), objectOf(container['HostConfig'])];
  const names = { hostname: textOf(config['Hostname']), domainname: textOf(config['Domainname']) };
  const isShared = textOf(host['NetworkMode']).startsWith('container:') || textOf(host['UTSMode']) === 'host';
  if (isShared) return { hostname: '', domainname: '' };
  const isGiven = names.hostname !== '' && !textOf(container['Id']).startsWith(names.hostname);
  return {
    hostname: isGiven ? checked('hostname', names.hostname, lost) : '',
    domainname: checked('domainname', names.domainname, lost),
  };
}

function checked(what: string, name: string, lost: string[]): string {
  if (name === '' || hostnamePattern.test(name)) return name;
  lost.push(`${what} ${name} is none that DNS allows: the container gets another`);
  return '';
}

/** Notes of podman for itself are not carried. */
function annotationsOf(host: Json): { [name: string]: string } {
  const entries = Object.entries(textMapOf(host['Annotations']));
  return Object.fromEntries(entries.filter(([name]) => !/^(io\.podman\.|io\.container\.manager$|org\.opencontainers\.image\.)/.test(name)));
}

function stopTimeoutOf(config: Json, lost: string[]): Pick<ContainerOrder, 'stopTimeout'> {
  const seconds = config['StopTimeout'];
  if (typeof seconds !== 'number') return {};
  if (seconds >= 0) return { stopTimeout: seconds };
  lost.push('a stop waits for ever: here 10 seconds');
  return {};
}

function restartOf(host: Json): ContainerOrder['restart'] {
  const policy = objectOf(host['RestartPolicy']);
  const name = textOf(policy['Name']) || 'no';
  return { name, maximumRetries: name === 'on-failure' ? numberOf(policy['MaximumRetryCount']) : 0 };
}

/** A container without a check whose image has one had it taken away. */
function healthCheckOf(check: Json, fromImage: Json): { healthCheck?: HealthCheckOrder } {
  const test = textsOf(check['Test']);
  const isOfImage = textsOf(objectOf(fromImage['Healthcheck'])['Test']).length > 0;
  const times = {
    interval: numberOf(check['Interval']),
    timeout: numberOf(check['Timeout']),
    startPeriod: numberOf(check['StartPeriod']),
    startInterval: numberOf(check['StartInterval']),
    retries: numberOf(check['Retries']),
  };
  if (test.length > 0) return { healthCheck: { ...times, test: knownTest(test) } };
  return isOfImage ? { healthCheck: { test: ['NONE'], interval: 0, timeout: 0, startPeriod: 0, startInterval: 0, retries: 0 } } : {};
}

/** podman runs a test without a kind as a command. */
function knownTest(test: readonly string[]): readonly string[] {
  return ['NONE', 'CMD', 'CMD-SHELL'].includes(test[0] ?? '') ? test : ['CMD', ...test];
}
