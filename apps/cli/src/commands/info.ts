import type { EventLogInfo } from '@arcbox/proto/arcbox/engine/v1/system';
import type { GetInfoResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command } from 'commander';
import type { Metadata } from 'nice-grpc-common';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { toJson } from '../json-text.ts';
import { note, print } from '../output.ts';
import { formatMemory, formatSize } from '../size.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { formatTimeNano, formatTimeUtc } from '../time.ts';

export default function info(): Command {
  const command = new Command('info')
    .description('Describes the engine and its host: how many containers and images there are, and on what they run.')
    .option('-f, --format <format>', 'json, or a Go template such as {{.ServerVersion}}')
    .action(({ format }: { format?: string }, self: Command) => {
      const template: Template | undefined =
        format === 'json' ? toJson : format ? parseTemplate(format) : undefined;
      return withEngine(self, async (engine) => {
        let security: string[] = [];
        const onHeader = (header: Metadata): void => {
          security = header.get(securityOptions)?.split(' ') ?? [];
          for (const part of header.get(staleParts)?.split(',') ?? []) note(`no ${part} worker answers: the last known numbers are shown`);
        };
        const [answer, { eventLog }] = await Promise.all([engine.system.getInfo({}, { onHeader }), engine.furtherSystem.getInfo({})]);
        await print(template ? template(toDocker(answer, security, eventLog)) : formatInfo(answer, security, eventLog));
      });
    });
  return withExamples(command, [
    ['arcbox info', 'all of it'],
    ["arcbox info --format '{{.ContainersRunning}}'", 'how many containers run'],
  ]);
}

/** Header with what new containers have beyond the usual, as `name=userns`. */
const securityOptions = 'x-arcbox-security-options';

/** Header with the parts whose numbers may be out of date, as `containers,images`. */
const staleParts = 'x-arcbox-stale';

function formatInfo(info: GetInfoResponse, security: readonly string[], log: EventLogInfo | undefined): string {
  const lines = [
    ['Containers', info.containers],
    [' Running', info.containersRunning],
    [' Paused', info.containersPaused],
    [' Stopped', info.containersStopped],
    ['Images', info.images],
    ['Server Version', info.serverVersion],
    ['Storage Driver', info.storageDriver],
    ['Logging Driver', info.loggingDriver],
    ['Kernel Version', info.kernelVersion],
    ['Operating System', info.os],
    ['OSType', info.osType],
    ['Architecture', info.arch],
    ['CPUs', info.ncpu],
    ['Total Memory', formatMemory(info.memTotal)],
    ['State Directory', info.dataDir],
    ...(log ? [['Event Log', formatLog(log)], [' Kept', formatRetention(log)]] : []),
    ...(security.length > 0 ? [['Security Options', security.map((option) => option.replace('name=', '')).join(' ')]] : []),
  ];
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** `1204 events, 640kB, since 2026-01-31T12:00:00.000000000+01:00` */
function formatLog({ reachable, events, bytes, first }: EventLogInfo): string {
  if (!reachable) return 'cannot be reached';
  return `${events} events, ${formatSize(bytes)}${first > 0n ? `, since ${formatTimeNano(first)}` : ''}`;
}

/** `90 days, up to 4.29GB` */
function formatRetention({ maxAge, maxBytes }: EventLogInfo): string {
  return `${maxAge > 0n ? formatAge(Number(maxAge)) : 'for ever'}, up to ${formatSize(maxBytes)}`;
}

/** The largest unit that says it exactly: `90 days`, `36 hours`. */
function formatAge(seconds: number): string {
  const [unit, name] = units.find(([size]) => seconds % size === 0) ?? [1, 'second'];
  return `${seconds / unit} ${name}${seconds === unit ? '' : 's'}`;
}

const units = [[86_400, 'day'], [3_600, 'hour'], [60, 'minute']] as const;

/** The names that docker's templates use, and ours for what docker does not have. */
function toDocker(info: GetInfoResponse, security: readonly string[], log: EventLogInfo | undefined): object {
  return {
    Containers: Number(info.containers),
    ContainersRunning: Number(info.containersRunning),
    ContainersPaused: Number(info.containersPaused),
    ContainersStopped: Number(info.containersStopped),
    Images: Number(info.images),
    ServerVersion: info.serverVersion,
    Driver: info.storageDriver,
    LoggingDriver: info.loggingDriver,
    KernelVersion: info.kernelVersion,
    OperatingSystem: info.os,
    OSType: info.osType,
    Architecture: info.arch,
    NCPU: info.ncpu,
    MemTotal: Number(info.memTotal),
    DataDir: info.dataDir,
    SecurityOptions: security,
    EventLog: {
      Reachable: log?.reachable ?? false,
      Events: Number(log?.events ?? 0),
      Bytes: Number(log?.bytes ?? 0),
      First: log?.first ? formatTimeUtc(log.first) : '',
      MaxAgeSeconds: Number(log?.maxAge ?? 0),
      MaxBytes: Number(log?.maxBytes ?? 0),
    },
  };
}
