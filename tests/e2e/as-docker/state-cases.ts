import type { Case } from './script.ts';

const state = 'inspect -f "{{.State.Status}} {{.State.Running}} {{.State.Paused}} {{.State.ExitCode}} {{.State.OOMKilled}}" box';
const forever = 'sh -c "trap \\"exit 3\\" TERM; trap \\"exit 4\\" HUP; while :; do sleep 0.1; done"';

/** From the creation to the removal. */
export const stateCases: readonly Case[] = [
  { name: 'stop: the signal that is obeyed', lines: [`run -d --name box IMG ${forever}`, 'exec box sleep 0.3', 'stop box', state, 'stop box'] },
  { name: 'stop: killed at the end of patience', lines: ['run -d --name box IMG sleep 100', 'stop -t 0 box', state] },
  { name: 'stop with another signal', lines: [`run -d --name box IMG ${forever}`, 'exec box sleep 0.3', 'stop -s HUP box', state] },
  { name: 'stop-signal of the container', lines: [`run -d --stop-signal HUP --name box IMG ${forever}`, 'exec box sleep 0.3', 'stop box', state] },
  { name: 'kill', lines: ['run -d --name box IMG sleep 100', 'kill box', 'wait box', state, 'kill box'] },
  { name: 'kill with a signal', lines: [`run -d --name box IMG ${forever}`, 'exec box sleep 0.3', 'kill -s HUP box', 'wait box', state, 'kill -s NONSENSE box'] },
  { name: 'pause and unpause', lines: ['run -d --name box IMG sleep 100', 'pause box', state, 'pause box', 'unpause box', state, 'unpause box'] },
  { name: 'restart', lines: ['run -d --name box IMG sh -c "echo up; sleep 100"', 'restart -t 0 box', state, 'logs box', 'stop -t 0 box', 'restart box', state] },
  { name: 'rename', lines: ['create --name box IMG true', 'rename box crate', 'inspect -f "{{.Name}}" crate', 'inspect box', 'create --name other IMG true', 'rename other crate', 'rename nobody x1'] },
  { name: 'rm of what runs', lines: ['run -d --name box IMG sleep 100', 'rm box', 'rm -f box', 'ps -aq', 'rm box', 'rm -f box'] },
  { name: 'rm of several', lines: ['create --name one IMG true', 'create --name two IMG true', 'rm one nobody two', 'ps -aq'] },
  { name: 'a name that is taken', lines: ['create --name box IMG true', 'create --name box IMG true', 'create --name "no blanks" IMG true'] },
  { name: 'start of what runs', lines: ['run -d --name box IMG sleep 100', 'start box', state, 'start nobody'] },
  { name: 'automatic removal', lines: ['run -d --rm --name box IMG sleep 100', 'kill box'] },
  { name: 'wait for several', lines: ['run -d --name one IMG sh -c "exit 1"', 'run -d --name two IMG sh -c "exit 2"', 'wait one two', 'wait nobody'] },
  { name: 'update', lines: ['run -d -m 64m --memory-swap 128m --name box IMG sleep 100', 'update -m 32m --cpu-shares 512 --restart on-failure:2 box', 'inspect -f "{{.HostConfig.Memory}} {{.HostConfig.CpuShares}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}" box', 'update box', 'update --cpus 1 nobody'] },
  { name: 'a policy that restarts', lines: ['run -d --restart on-failure:2 --name box IMG sh -c "echo try; exit 1"', 'inspect -f "{{.HostConfig.RestartPolicy.Name}}" box'] },
  { name: 'top', lines: ['run -d --name box IMG sleep 100', { text: 'top box -o pid,comm', quiet: true }, 'top box -o comm', 'top nobody', 'stop -t 0 box', 'top box'] },
  { name: 'container prune', lines: ['create --name one IMG true', 'run --name two IMG true', 'run -d --name three IMG sleep 100', { text: 'container prune -f', quiet: true }, 'ps -a --format "{{.Names}}"'] },
  { name: 'attach to what does not run', lines: ['create --name box IMG true', 'attach box', 'attach nobody'] },
  { name: 'ps and its filters', lines: [
    'create --name one -l team=a IMG true', 'run -d --name two -l team=b IMG sleep 100', 'run --name three -l team=a IMG sh -c "exit 3"',
    'ps --format "{{.Names}} {{.State}} {{.Image}} {{.Command}}"', 'ps -a --format "{{.Names}} {{.State}} {{.Labels}}"',
    'ps -a -f label=team=a --format "{{.Names}}"', 'ps -a -f status=exited --format "{{.Names}}"', 'ps -a -f exited=3 --format "{{.Names}}"',
    'ps -f name=tw --format "{{.Names}}"', 'ps -l --format "{{.Names}}"', 'ps -n 2 --format "{{.Names}}"', 'ps -a -f before=three --format "{{.Names}}"',
    'ps -a --format "table {{.Names}}\\t{{.State}}"', 'ps -f colour=red',
  ] },
];
