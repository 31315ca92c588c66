import type { Case } from './script.ts';

const show = (name: string, options: string, template: string): Case => ({
  name,
  lines: [`create --name box ${options} IMG sleep 100`, `inspect -f '${template}' box`],
});

/** Fields of inspect, created with and without what they tell of. */
export const inspectCases: readonly Case[] = [
  show('process', '-t -i -u 5 -w /x -h box --domainname lab', '{{.Path}} {{json .Args}} {{.Config.Tty}} {{.Config.OpenStdin}} {{.Config.User}} {{.Config.WorkingDir}} {{.Config.Hostname}} {{.Config.Domainname}}'),
  show('command and entrypoint', '--entrypoint env', '{{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Path}} {{json .Args}}'),
  show('state before the start', '', '{{.State.Status}} {{.State.Pid}} {{.State.StartedAt}} {{.State.FinishedAt}} {{.RestartCount}} {{.Name}}'),
  show('environment', '-e A=b', '{{json .Config.Env}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Config.Image}}'),
  show('limits', '-m 64m --memory-swap 128m --memory-reservation 32m --cpus 1.5 --cpu-shares 100 --cpuset-cpus 0 --pids-limit 50', '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}} {{.HostConfig.CpusetCpus}} {{.HostConfig.PidsLimit}}'),
  show('limits by default', '', '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpuPeriod}} {{.HostConfig.OomScoreAdj}} {{.HostConfig.ShmSize}} {{json .HostConfig.PidsLimit}}'),
  show('processor time in periods', '--cpu-period 50000 --cpu-quota 25000', '{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}'),
  show('isolation', '--privileged --cap-add NET_ADMIN --cap-drop CHOWN --read-only --security-opt no-new-privileges --pid host --uts host', '{{.HostConfig.Privileged}} {{json .HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.PidMode}} {{.HostConfig.UTSMode}}'),
  show('isolation by default', '', '{{.HostConfig.Privileged}} {{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.PidMode}} {{json .HostConfig.SecurityOpt}} {{json .HostConfig.GroupAdd}}'),
  show('restart policy and removal', '--restart on-failure:4', '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.HostConfig.AutoRemove}}'),
  show('names and addresses', '--dns 9.9.9.9 --dns-search lab --dns-option ndots:2 --add-host a:1.2.3.4', '{{json .HostConfig.Dns}} {{json .HostConfig.DnsSearch}} {{json .HostConfig.DnsOptions}} {{json .HostConfig.ExtraHosts}}'),
  show('stop', '--stop-signal INT --stop-timeout 7', '{{.Config.StopSignal}} {{.Config.StopTimeout}}'),
  show('health check', '--health-cmd "echo fine" --health-interval 5s --health-retries 2', '{{json .Config.Healthcheck}}'),
  show('no health check', '--no-healthcheck', '{{json .Config.Healthcheck.Test}}'),
  show('ulimits, sysctls, tmpfs', '--ulimit nofile=10:20 --sysctl net.core.somaxconn=9 --tmpfs /run:size=1m', '{{range .HostConfig.Ulimits}}{{.Name}}={{.Soft}}:{{.Hard}}{{end}} {{json .HostConfig.Sysctls}} {{json .HostConfig.Tmpfs}}'),
  show('devices', '--device /dev/null:/dev/nothing:r', '{{json .HostConfig.Devices}}'),
  show('ports asked for', '--network bridge -p 127.0.0.1:18080:80 --expose 90', '{{json .HostConfig.PortBindings}} {{json .Config.ExposedPorts}} {{json .HostConfig.PublishAllPorts}}'),
  show('volumes', '-v data:/data:ro', '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}} {{.Driver}}{{end}}'),
  show('a bind', '-v /etc:/host:ro', '{{range .Mounts}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}} {{json .HostConfig.Binds}}'),
  show('networks', '', '{{.HostConfig.NetworkMode}} {{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{$network.IPAddress}}{{end}}'),
  { name: 'state while it runs and after', lines: ['run -d --name box IMG sleep 100', 'inspect -f "{{.State.Status}} {{.State.Running}} {{gt .State.Pid 0}} {{.State.FinishedAt}} {{.State.Error}}" box', 'kill box', 'wait box', 'inspect -f "{{.State.Status}} {{.State.Pid}} {{.State.ExitCode}}" box'] },
  { name: 'templates that fail', lines: ['create --name box IMG true', 'inspect -f "{{.Nonsense}}" box', 'inspect -f "{{.Config.Labels.none}}" box', 'inspect -f "{{range .Mounts}}" box'] },
  { name: 'several, of which one is missing', lines: ['create --name box IMG true', 'inspect -f "{{.Name}}" box nobody', 'container inspect nobody', 'inspect --type volume nobody'] },
];
