import type { Case } from './script.ts';

/** What can be seen, taken out and said of containers. */
export const lookCases: readonly Case[] = [
  // A directory each: docker lists them in the order of the disk.
  { name: 'changed files', lines: [
    'run --name made IMG sh -c "mkdir /made; touch /made/x"', 'diff made', 'run --name gone IMG rm /bin/true', 'diff gone',
    'run --name other IMG sh -c "echo y >/etc/passwd"', 'diff other', 'diff nobody',
  ] },
  { name: 'files that cannot be copied', lines: ['create --name box IMG true', 'cp box:/nope -', 'cp nobody:/x -'] },
  { name: 'commit', lines: [
    'run --name box -e A=b IMG sh -c "echo kept >/note"', { text: "commit -c 'CMD [\"cat\",\"/note\"]' -c 'LABEL x=y' -m why -a somebody box made:1", quiet: true },
    'run --rm --network none made:1', 'inspect -f "{{json .Config.Cmd}} {{json .Config.Labels}} {{.Author}} {{.Comment}}" made:1', 'commit nobody', { text: 'rm box', quiet: true }, { text: 'rmi made:1', quiet: true },
  ] },
  { name: 'export', lines: ['create --name box IMG true', { text: 'export box', quiet: true }, 'export nobody'] },
  { name: 'ranges of ports', lines: ['run -d --name box -p 127.0.0.1:28440-28442:80-82 IMG sleep 100', 'port box', 'port box 81', 'create --name two -p 28440-28441:80-82 IMG true', 'create --name three -p 99999:80 IMG true', 'create --name four -p 80:nonsense IMG true'] },
  { name: 'one port of a range', lines: ['run -d --name box -p 127.0.0.1:28450-28451:80 IMG sleep 100', 'port box', 'inspect -f "{{json .HostConfig.PortBindings}} {{json .NetworkSettings.Ports}}" box', 'run -d --name two -p 127.0.0.1:28450-28451:80/udp IMG sleep 100', 'port two', 'create --name three -p 28451-28450:80 IMG true'] },
  { name: 'logs, some of them', lines: ['run --name box IMG sh -c "echo a; echo b; echo c"', 'logs --details box', 'logs -n 0 box', 'logs -n 2 box', 'logs --since 1h box', 'logs --until 1h box'] },
  { name: 'no logs', lines: ['run --name box --log-driver none IMG echo shown', 'logs box', 'inspect -f "{{.HostConfig.LogConfig.Type}}" box', 'create --log-driver nonsense IMG true'] },
  { name: 'a file of variables that is not there', lines: ['run --rm --env-file /no/such/file IMG true', 'create --env-file /no/such/file IMG true'] },
  { name: 'a file of labels that is not there', lines: ['create --label-file /no/such/file IMG true'] },
  { name: 'name, directory and user at once', lines: ['run --rm -h box -w /made/here -u 1000:100 IMG sh -c "hostname; pwd; id -u; id -g; touch x || echo not mine"', 'run --rm -w relative IMG pwd'] },
  { name: 'memory as files', lines: ['run --rm --mount type=tmpfs,target=/t,readonly IMG sh -c "touch /t/x || echo refused"', 'run --rm --tmpfs /t:ro IMG sh -c "touch /t/x || echo refused"', 'run --rm --tmpfs /t IMG sh -c "grep \\" /t \\" /proc/mounts | cut -d \\" \\" -f 4 | tr , \\"\\\\n\\" | grep -e no -e rw | sort"', 'run --rm --tmpfs /t:colour=red IMG true'] },
  { name: 'read-only, but for volumes', lines: ['run --rm --read-only -v data:/d IMG sh -c "echo x >/d/y && cat /d/y; echo x >/etc/y || echo refused; echo x >/dev/shm/y && echo shm"'] },
  { name: 'one number for both limits', lines: ['run --rm --ulimit nofile=64 --ulimit nproc=50:60 IMG sh -c "ulimit -n; ulimit -Hn; ulimit -u"', 'run --rm --ulimit nonsense=1 IMG true', 'run --rm --ulimit nofile IMG true'] },
  { name: 'a volume that a mount makes', lines: ['create --name box --mount type=volume,source=data,target=/d,volume-label=a=b,volume-label=c=d IMG true', 'volume inspect -f "{{json .Labels}}" data', 'create --mount type=volume,source=fast,target=/d,volume-opt=type=tmpfs,volume-opt=device=tmpfs,volume-opt=o=size=1m IMG true', 'volume inspect -f "{{json .Options}}" fast'] },
  { name: 'limits of disks', lines: [
    'create --name box --device-read-bps /dev/loop0:1mb --device-write-bps /dev/loop0:2mb --device-read-iops /dev/loop0:100 --device-write-iops /dev/loop0:200 IMG true',
    'inspect -f "{{json .HostConfig.BlkioDeviceReadBps}} {{json .HostConfig.BlkioDeviceWriteBps}} {{json .HostConfig.BlkioDeviceReadIOps}} {{json .HostConfig.BlkioDeviceWriteIOps}} {{json .HostConfig.BlkioWeightDevice}}" box',
    'create --device-read-bps loop0:1mb IMG true', 'create --device-write-iops /dev/loop0:1k IMG true', 'create --blkio-weight-device /dev/loop0:5 IMG true',
  ] },
  { name: 'hosts named twice', lines: ['run --rm --add-host a:1.2.3.4 --add-host a:5.6.7.8 IMG grep -w a /etc/hosts', 'run --rm --add-host a=1.2.3.4 IMG grep -w a /etc/hosts', 'create --add-host a:1.2.3.4,5.6.7.8 IMG true', 'create --add-host a:nonsense IMG true'] },
  { name: 'what an image is', lines: ['image inspect -f "{{.Os}} {{json .RepoTags}} {{json .Config.Cmd}}" IMG', 'image inspect nobody', 'images --format "{{.Repository}}:{{.Tag}}"', 'tag IMG made:2', 'images -q made:2 --no-trunc', 'rmi made:2', 'rmi nobody:3', 'tag IMG Bad:Name'] },
  { name: 'use, once', lines: ['run -d --name box -m 32m IMG sleep 100', 'stats --no-stream --format "{{.Name}} {{.PIDs}}" box', 'stats --no-stream nobody'] },
  { name: 'lists in other forms', lines: ['create --name one -l a=b IMG true', 'ps -a --format "{{.Label \\"a\\"}} {{.Status}}"', 'ps -a --format "{{.ID}}"', 'ps -a --no-trunc --format "{{.ID}} {{.Command}}"', 'ps -aq --no-trunc', 'volume ls --format nonsense'] },
  { name: 'words too few, too many, unknown', lines: ['rm', 'exec box', 'kill', 'volume rm', 'ps too many', 'nonsense'] },
];
