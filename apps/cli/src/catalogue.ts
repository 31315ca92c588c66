import type { Command } from 'commander';

/** Loads the module of a command when it is wanted; its default export makes the command. */
type Load = () => Promise<{ default: () => Command }>;

/** Commands under one heading of the help: name, one line about it, and its module. */
export interface Section {
  readonly heading: string;
  readonly commands: Readonly<Record<string, readonly [summary: string, load: Load]>>;
}

/** Everything `arcbox` can do, in the order of the help. */
export const catalogue: readonly Section[] = [
  {
    heading: 'Containers:',
    commands: {
      run: ['Create and start a container from an image', () => import('./commands/run.ts')],
      create: ['Create a container without starting it', () => import('./commands/create.ts')],
      start: ['Start containers', () => import('./commands/start.ts')],
      stop: ['Stop containers', () => import('./commands/stop.ts')],
      restart: ['Stop containers and start them again', () => import('./commands/restart.ts')],
      kill: ['Send a signal to containers', () => import('./commands/kill.ts')],
      rm: ['Remove containers', () => import('./commands/rm.ts')],
      ps: ['List containers', () => import('./commands/ps.ts')],
      logs: ['Show what a container has printed', () => import('./commands/logs.ts')],
      exec: ['Run a command in a running container', () => import('./commands/exec.ts')],
      attach: ['Connect this terminal to a running container', () => import('./commands/attach.ts')],
      wait: ['Wait for containers to end and print their exit codes', () => import('./commands/wait.ts')],
      inspect: ['Show everything known about containers, images, …', () => import('./commands/inspect.ts')],
      pause: ['Freeze all processes of containers', () => import('./commands/pause.ts')],
      unpause: ['Let frozen containers go on', () => import('./commands/unpause.ts')],
      stats: ['Show what containers use', () => import('./commands/stats.ts')],
      rename: ['Give a container another name', () => import('./commands/rename.ts')],
      update: ['Change the limits of containers', () => import('./commands/update.ts')],
      port: ['Show where ports of a container are reachable', () => import('./commands/port.ts')],
      cp: ['Copy files into a container or out of one', () => import('./commands/cp.ts')],
      diff: ['List what a container has changed in its files', () => import('./commands/diff.ts')],
      commit: ['Make an image of a container', () => import('./commands/commit.ts')],
      export: ['Write the file system of a container into a tar archive', () => import('./commands/export.ts')],
      top: ['List the processes of a container', () => import('./commands/top.ts')],
    },
  },
  {
    heading: 'Images:',
    commands: {
      build: ['Build an image from a Dockerfile', () => import('./commands/build.ts')],
      pull: ['Fetch an image from a registry', () => import('./commands/pull.ts')],
      push: ['Publish an image in a registry', () => import('./commands/push.ts')],
      images: ['List images', () => import('./commands/images.ts')],
      rmi: ['Remove images', () => import('./commands/rmi.ts')],
      tag: ['Give an image another name', () => import('./commands/tag.ts')],
      history: ['Show how an image was made', () => import('./commands/history.ts')],
      save: ['Write images into a tar archive', () => import('./commands/save.ts')],
      load: ['Take in the images of a tar archive', () => import('./commands/load.ts')],
      import: ['Make an image of a file system in a tar archive', () => import('./commands/import.ts')],
      login: ['Keep credentials for a registry', () => import('./commands/login.ts')],
      logout: ['Forget the credentials for a registry', () => import('./commands/logout.ts')],
    },
  },
  {
    heading: 'Groups of commands:',
    commands: {
      container: ['Work with containers', () => import('./commands/container.ts')],
      image: ['Work with images', () => import('./commands/image.ts')],
      builder: ['Work with builds and their cache', () => import('./commands/builder.ts')],
      network: ['Work with networks', () => import('./commands/network.ts')],
      volume: ['Work with volumes', () => import('./commands/volume.ts')],
      system: ['Work with the engine as a whole', () => import('./commands/system.ts')],
    },
  },
  {
    heading: 'The engine:',
    commands: {
      events: ['Show what happens, as it happens', () => import('./commands/events.ts')],
      why: ['Tell what happened to something, and why', () => import('./commands/why.ts')],
      doctor: ['Find what is wrong with the host or the engine', () => import('./commands/doctor.ts')],
      migrate: ['Bring over what another container engine has', () => import('./commands/migrate.ts')],
      info: ['Describe the engine and its host', () => import('./commands/info.ts')],
      version: ['Show the versions of client and engine', () => import('./commands/version.ts')],
      workers: ['List the workers that the gateway has found', () => import('./commands/workers.ts')],
      completion: ['Print a completion script for a shell', () => import('./commands/completion.ts')],
    },
  },
];

/** Commands for scripts, not for people. */
export const hiddenCommands: Readonly<Record<string, Load>> = {
  __complete: () => import('./commands/complete.ts'),
};

/** The module of a command. */
export function loaderOf(name: string): Load | undefined {
  const section = catalogue.find(({ commands }) => Object.hasOwn(commands, name));
  if (section) return section.commands[name]?.[1];
  return Object.hasOwn(hiddenCommands, name) ? hiddenCommands[name] : undefined;
}
