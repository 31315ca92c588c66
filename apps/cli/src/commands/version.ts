import { build } from '@arcbox/config';
import type { GetVersionResponse } from '@arcbox/proto/arcbox/v1/api';
import { Command } from 'commander';
import { withEngine } from '../engine.ts';
import { withExamples } from '../help.ts';
import { toJson } from '../json-text.ts';
import { print } from '../output.ts';
import { parseTemplate, type Template } from '../template/template.ts';

export default function version(): Command {
  const command = new Command('version')
    .description('Shows the versions of this client and of the engine that it talks to.')
    .option('-f, --format <format>', 'json, or a Go template such as {{.Server.Version}}')
    .action(({ format }: { format?: string }, self: Command) => {
      const template: Template | undefined =
        format === 'json' ? toJson : format ? parseTemplate(format) : undefined;
      // The client can tell about itself also when nobody answers.
      if (!template) process.stdout.write(formatBlock('Client', client));
      return withEngine(self, async (engine) => {
        const Server = toDocker(await engine.system.getVersion({}));
        await print(template ? template({ Client: client, Server }) : `\n${formatBlock('Server', Server).trimEnd()}`);
      });
    });
  return withExamples(command, [["arcbox version --format '{{.Server.Version}}'", 'only that of the engine']]);
}

const client = {
  Version: build.version,
  GitCommit: build.commit,
  BuildTime: build.time,
  NodeVersion: process.version,
  Os: process.platform,
  Arch: process.arch === 'x64' ? 'amd64' : process.arch,
};

function toDocker(server: GetVersionResponse): Record<string, string> {
  return {
    Version: server.version,
    ApiVersion: server.apiVersion,
    MinAPIVersion: server.minApiVersion,
    GitCommit: server.gitCommit,
    BuildTime: server.buildTime,
    Os: server.os,
    Arch: server.arch,
  };
}

function formatBlock(name: string, version: Readonly<Record<string, string>>): string {
  const { Os = '', Arch = '', ...rest } = version;
  const lines = { ...rest, 'OS/Arch': `${Os}/${Arch}` };
  return `${name}:\n${Object.entries(lines)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ` ${`${labels[key] ?? key}:`.padEnd(18)}${value}\n`)
    .join('')}`;
}

const labels: Readonly<Record<string, string>> = {
  ApiVersion: 'API version',
  MinAPIVersion: 'Minimum API',
  GitCommit: 'Git commit',
  BuildTime: 'Built',
  NodeVersion: 'Node version',
};
