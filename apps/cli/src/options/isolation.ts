import { readFileSync } from 'node:fs';
import { invalidArgument } from '@arcbox/errors';
import type { CreateOptions, Device } from '@arcbox/proto/arcbox/engine/v1/container';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { cannot } from '../file-failure.ts';
import { collect, collectPair } from '../option-values.ts';
import { collectDevice, collectDeviceRule } from './device.ts';

/** What separates a container from the host and from others. */
export interface IsolationOptions {
  privileged?: boolean;
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  device?: readonly Device[];
  deviceCgroupRule?: readonly string[];
  securityOpt?: readonly string[];
  sysctl?: Record<string, string>;
  groupAdd?: readonly string[];
  ipc?: string;
  pid?: string;
  uts?: string;
  userns?: string;
  cgroupns?: string;
  cgroupParent?: string;
}

export function addIsolationOptions(command: Command): Command {
  const list = (flags: string, meaning: string): Option => new Option(flags, meaning).argParser(collect);
  const mode = (flags: string, meaning: string, pattern: RegExp): Option =>
    new Option(flags, meaning).argParser((text: string) => {
      if (!pattern.test(text)) throw new InvalidArgumentError(`Write ${meaning.replace(/^.*: /, '')}.`);
      return text;
    });
  return command
    .optionsGroup('Isolation:')
    .option('--privileged', 'all capabilities and devices, nothing masked: as good as root on the host')
    .addOption(list('--cap-add <capability>', 'a capability more: NET_ADMIN, or ALL'))
    .addOption(list('--cap-drop <capability>', 'a capability less: CHOWN, or ALL'))
    .addOption(new Option('--device <host[:inside[:rwm]]>', 'a device of the host').argParser(collectDevice))
    .addOption(
      new Option('--device-cgroup-rule <rule>', "devices it may use: 'c 42:* rmw'").argParser(collectDeviceRule),
    )
    .addOption(
      list('--security-opt <option>', 'no-new-privileges, seccomp=<file|unconfined>, systempaths=unconfined'),
    )
    .addOption(new Option('--sysctl <key=value>', 'a kernel parameter of its own').argParser(collectPair))
    .addOption(list('--group-add <group>', 'a further group, name or number'))
    .addOption(
      mode(
        '--ipc <mode>',
        'shared memory: private, shareable, host, none or container:<name>',
        /^(private|shareable|host|none|container:.+|)$/,
      ),
    )
    .addOption(mode('--pid <mode>', 'processes it sees: host or container:<name>', /^(host|container:.+|)$/))
    .addOption(mode('--uts <mode>', 'host name: host', /^(host|)$/))
    .addOption(mode('--userns <mode>', 'user ids: host, remap or auto', /^(host|remap|auto|)$/))
    .addOption(mode('--cgroupns <mode>', 'cgroups it sees: private or host', /^(private|host|)$/))
    .option('--cgroup-parent <path>', 'cgroup to put it in');
}

export function isolationOf(options: IsolationOptions): Partial<CreateOptions> {
  return {
    privileged: options.privileged ?? false,
    capAdd: [...(options.capAdd ?? [])],
    capDrop: [...(options.capDrop ?? [])],
    devices: [...(options.device ?? [])],
    deviceCgroupRules: [...(options.deviceCgroupRule ?? [])],
    securityOptions: (options.securityOpt ?? []).map(readSecurityOption),
    sysctls: options.sysctl ?? {},
    groupAdd: [...(options.groupAdd ?? [])],
    ipcMode: options.ipc ?? '',
    pidMode: options.pid ?? '',
    utsMode: options.uts ?? '',
    usernsMode: options.userns ?? '',
    cgroupnsMode: options.cgroupns ?? '',
    cgroupParent: options.cgroupParent ?? '',
  };
}

/** A seccomp profile is a file of ours: the engine gets what is in it. */
function readSecurityOption(text: string): string {
  // Docker took a colon once, and still does.
  const option = text.includes('=') ? text : text.replace(':', '=');
  if (option === 'no-new-privileges') return option;
  const [, key, value = ''] = /^([^=]+)=(.+)$/s.exec(option) ?? [];
  if (key === undefined) throw invalidArgument(`cannot read --security-opt ${text}: write key=value`);
  if (key !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
  try {
    return `seccomp=${JSON.stringify(JSON.parse(readFileSync(value, 'utf8')))}`;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidArgument(`${value} is no seccomp profile: ${error.message}`, error);
    throw cannot('read', value, error);
  }
}
