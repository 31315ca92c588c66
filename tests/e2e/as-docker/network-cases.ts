import type { Case } from './script.ts';

/** Networks of one's own; each side has them in a place of its own. */
export const networkCases: readonly Case[] = [
  { name: 'create, inspect, remove', lines: [
    'network create --subnet 10.213.7.0/24 --gateway 10.213.7.254 --ip-range 10.213.7.128/25 -l a=b --internal back',
    'network inspect -f "{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{json .Labels}} {{range .IPAM.Config}}{{.Subnet}} {{.Gateway}} {{.IPRange}}{{end}}" back',
    'network create --subnet 10.213.7.0/24 back', 'network ls --filter name=back --format "{{.Name}} {{.Driver}}"', 'network rm back', 'network rm back', 'network inspect back',
  ] },
  { name: 'what cannot be', lines: ['network rm bridge', 'network create --subnet 10.213.7.0/24 --gateway 10.9.9.9 odd', 'network create --subnet nonsense odd', 'network create -d nonsense odd', 'run --rm --network nowhere IMG true'] },
  { name: 'a fixed address', lines: [
    'network create --subnet 10.213.8.0/24 back', 'run --rm --network back --ip 10.213.8.77 IMG sh -c "ip -4 -o addr show eth0 | grep -o 10[^/]*/24; ip route | head -n 1 | cut -d \\" \\" -f 1-3"',
    'create --name box --network back --ip 10.213.8.78 --network-alias db IMG true',
    'inspect -f "{{.HostConfig.NetworkMode}} {{.NetworkSettings.Networks.back.IPAMConfig.IPv4Address}}" box', 'run --rm --ip 10.1.1.1 --network bridge IMG true',
  ] },
  { name: 'found by name', lines: ['network create --subnet 10.213.9.0/24 back', 'run -d --name web --network back --network-alias site IMG sleep 100', 'run --rm --network back IMG sh -c "ping -c 1 -w 5 web >/dev/null && echo web; ping -c 1 -w 5 site >/dev/null && echo site; ping -c 1 -w 2 nobody >/dev/null || echo nobody"'] },
  { name: 'connect and disconnect', lines: [
    'network create --subnet 10.213.10.0/24 back', 'run -d --name box IMG sleep 100', 'network connect back box', 'network create --subnet 10.213.11.0/24 front', 'run -d --name web --network front IMG sleep 100',
    'network connect --ip 10.213.10.9 back web', 'exec web sh -c "ls /sys/class/net | tr \\"\\\\n\\" \\" \\"; ip -4 -o addr show eth1 | grep -o 10[^/]*/24"', 'network connect back web',
    'inspect -f "{{range $name, $n := .NetworkSettings.Networks}}{{$name}} {{end}}" web', 'network rm back', 'network disconnect back web', 'network disconnect back web', 'exec web ls /sys/class/net', 'network connect nowhere web', 'network connect back nobody',
  ] },
  { name: 'published ports', lines: ['run -d --name web -p 127.0.0.1:28431:80 -p 127.0.0.1:28432:53/udp IMG sleep 100', 'port web', 'port web 80', 'port web 53/udp', 'port web 81', 'ps --format "{{.Ports}}"'] },
  { name: 'network prune', lines: ['network create --subnet 10.213.12.0/24 unused', { text: 'network prune -f', quiet: true }, 'network ls --filter name=unused --format "{{.Name}}"'] },
  { name: 'volumes', lines: ['volume create data', 'volume create data', 'volume ls --format "{{.Driver}} {{.Name}}"', 'volume inspect -f "{{.Name}} {{.Driver}} {{.Scope}}" data', 'run -d --name box -v data:/d IMG sleep 100', 'volume rm data', 'rm -f box', 'volume rm data', 'volume rm data'] },
];
