import type { Case } from './script.ts';

const twoChecks = 'exec box sh -c "until test $(wc -l </checked) -ge 2; do sleep 0.1; done"';
/** `--until` of docker leaves out what happened in the second that has begun. */
const nextSecond = 'run --rm IMG sleep 1.1';

/** Events of a container whose name no other case has. */
const events = (name: string, format = '{{.Action}}'): string => `events --since 1h --until 0s -f container=${name} --format "${format}"`;

/** What the engine does by itself, and what it tells of it. */
export const lifeCases: readonly Case[] = [
  { name: 'healthy', lines: [
    'run -d --name box --health-cmd "echo x >>/checked" --health-interval 1s IMG sh -c "touch /checked; exec sleep 100"', twoChecks,
    'inspect -f "{{.State.Health.Status}} {{.State.Health.FailingStreak}}" box', 'ps -f health=healthy --format "{{.Names}}"', 'ps -q -f health=unhealthy',
  ] },
  { name: 'unhealthy', lines: [
    'run -d --name box --health-cmd "echo x >>/checked; echo bad; exit 1" --health-interval 1s --health-retries 1 IMG sh -c "touch /checked; exec sleep 100"', twoChecks,
    'inspect -f "{{.State.Health.Status}}{{with index .State.Health.Log 0}} {{.ExitCode}} {{.Output}}{{end}}" box',
  ] },
  { name: 'no health without a check', lines: ['run -d --name box IMG sleep 100', 'inspect -f "{{json .State.Health}} {{json .Config.Healthcheck}}" box'] },
  { name: 'a policy that gives up', lines: [
    'run -d --name box --restart on-failure:2 -v data:/d IMG sh -c "echo x >>/d/runs; exit 5"',
    'run --rm -v data:/d IMG sh -c "until test $(wc -l </d/runs) -eq 3; do sleep 0.1; done"', 'wait box',
    'inspect -f "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}" box',
  ] },
  { name: 'a policy that is stopped by hand', lines: ['run -d --name box --restart always IMG sleep 100', 'stop -t 0 box', 'inspect -f "{{.State.Status}} {{.RestartCount}}" box', 'start box', 'inspect -f "{{.State.Status}}" box'] },
  { name: 'another policy', lines: ['run -d --name box IMG sleep 100', 'update --restart unless-stopped box', 'inspect -f "{{.HostConfig.RestartPolicy.Name}}" box', 'update --restart on-failure:7 box', 'inspect -f "{{.HostConfig.RestartPolicy.MaximumRetryCount}}" box'] },
  { name: 'a policy does not go with removal', lines: ['run -d --name box --rm IMG sleep 100', 'update --restart always box', 'create --rm --restart no --name two IMG true'] },
  { name: 'out of memory', lines: ['run --name hungry -m 16m --memory-swap 16m IMG tail /dev/zero', 'inspect -f "{{.State.OOMKilled}} {{.State.ExitCode}}" hungry', nextSecond, events('hungry')] },
  { name: 'death by other signals', lines: ['run --rm IMG sh -c "kill -SEGV $$"', 'run --rm IMG sh -c "kill -TERM $$; sleep 5"', 'run --rm IMG sh -c "exit 125"'] },
  { name: 'wait for what has ended', lines: ['run --name box IMG sh -c "exit 3"', 'wait box', 'wait box', 'start -a box', 'create --name two IMG true', 'wait two'] },
  { name: 'who gives the input', lines: [
    'create -i --name one IMG cat', 'run -d -i --name two IMG cat', 'create -i -a stdout --name three IMG cat', 'create --name four IMG cat',
    'inspect -f "{{.Name}} {{.Config.OpenStdin}} {{.Config.StdinOnce}}" one two three four',
  ] },
  { name: 'input again at each start', lines: ['create -i --name box IMG cat', { text: 'start -ai box', input: 'first\n' }, { text: 'start -ai box', input: 'second\n' }, 'logs box'] },
  { name: 'events of a life', lines: ['run --name told IMG true', 'start -a told', 'rm told', nextSecond, events('told', '{{.Type}} {{.Action}}')] },
  { name: 'events with what they tell', lines: ['run -d --name struck IMG sleep 100', 'kill -s CONT struck', 'kill struck', 'wait struck', nextSecond, events('struck', '{{.Action}} {{.Actor.Attributes.signal}} {{.Actor.Attributes.exitCode}}')] },
  { name: 'events of changes', lines: ['run -d --name changed IMG sleep 100', 'pause changed', 'unpause changed', 'update -m 64m --memory-swap 128m changed', nextSecond, events('changed')] },
  { name: 'paused', lines: ['run -d --name box IMG sleep 100', 'pause box', 'exec box true', 'start box', 'restart -t 0 box', 'inspect -f "{{.State.Status}}" box'] },
  { name: 'volumes at the removal', lines: ['run --rm -v /data -v kept:/kept IMG true', 'volume ls -q', 'create --name box -v /data -v kept:/kept IMG true', 'rm -v box', 'volume ls -q'] },
];
