import type { GetInfoResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command } from 'commander';
import type { Metadata } from 'nice-grpc-common';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { toJson } from '../json-text.ts';
import { print } from '../output.ts';
import { formatMemory } from '../size.ts';
import { parseTemplate, type Template } from '../template/template.ts';

export default function info(): Command {
  const command = new Command('info')
    .description('Describes the engine and its host: how many containers and images there are, and on what they run.')
    .option('-f, --format <format>', 'json, or a Go template such as {{.ServerVersion}}')
    .action(({ format }: { format?: string }, self: Command) => {
      const template: Template | undefined =
        format === 'json' ? toJson : format ? parseTemplate(format) : undefined;
      return withEngine(self, async (engine) => {
        let security: string[] = [];
        const onHeader = (header: Metadata): void => void (security = header.get(securityOptions)?.split(' ') ?? []);
        const answer = await engine.system.getInfo({}, { onHeader });
        await print(template ? template(toDocker(answer, security)) : formatInfo(answer, security));
      });
    });
  return withExamples(command, [
    ['arcbox info', 'all of it'],
    ["arcbox info --format '{{.ContainersRunning}}'", 'how many containers run'],
  ]);
}

/** Header with what new containers have beyond the usual, as `name=userns`. */
const securityOptions = 'x-arcbox-security-options';

function formatInfo(info: GetInfoResponse, security: readonly string[]): string {
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
    ...(security.length > 0 ? [['Security Options', security.map((option) => option.replace('name=', '')).join(' ')]] : []),
  ];
  return lines.map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** The names that docker's templates use. */
function toDocker(info: GetInfoResponse, security: readonly string[]): object {
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
  };
}
