import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '@arcbox/diagnosis';
import { describeIf, eventually } from '@arcbox/testing';
import { type CommandResult, type Engine, runCommand } from './engine.ts';
import { oneEngine } from './one-engine.ts';

interface Finding {
  readonly Area: string;
  readonly Name: string;
  readonly Severity: string;
  readonly Message: string;
  readonly Advice: string;
}

const findingsOf = ({ stdout }: CommandResult): Finding[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Finding);

const errorsOf = (result: CommandResult): string[] =>
  findingsOf(result)
    .filter(({ Severity }) => Severity === 'error')
    .map(({ Name }) => Name);

/** A process that is there and does nothing, as one that hangs. */
function freeze(engine: Engine, name: string): Disposable {
  const pid = engine.pid(name);
  process.kill(pid, 'SIGSTOP');
  return { [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') };
}

describeIf(['root', 'overlay', 'runc', 'conmon', 'nats-server'], 'arcbox doctor', () => {
  const engine = oneEngine();
  const doctor = (): Promise<CommandResult> => engine().arcbox('doctor', '--format', 'json');

  it('finds nothing wrong where nothing is', async () => {
    const result = await doctor();
    expect(errorsOf(result)).toEqual([]);
    expect(result.code).toBe(0);
    const findings = findingsOf(result);
    expect([...new Set(findings.map(({ Area }) => Area))]).toEqual(['host', 'tools', 'kernel', 'disk', 'bus', 'workers']);
    const workers = findings.filter(({ Area, Severity }) => Area === 'workers' && Severity === 'ok').map(({ Name }) => Name);
    expect(workers.sort()).toEqual(['containers-0', 'gateway-0', 'icons-0', 'images-0', 'migration-0', 'networks-0', 'system-0', 'volumes-0']);
    expect(findings.find(({ Name }) => Name === 'open files')?.Message).toMatch(/may open (\d+|unlimited) files/);
    expect(findings.find(({ Name }) => Name === 'outbox')).toMatchObject({ Severity: 'ok' });
    expect(findings.find(({ Name }) => Name === 'event log')?.Message).toMatch(/^\d+ events take [\d.]+ (B|KiB) of [\d.]+ GiB$/);
  });

  it('tells it to people by area, with marks and a sum', async () => {
    const { stdout } = await engine().arcbox('doctor');
    expect(stdout).toMatch(/^tools\n(.*\n)*? {2}✓ runc +\S+\/runc, version [\d.]+$/m);
    expect(stdout).toMatch(/^(all \d+ are well|\d+ well, \d+ to note, 0 wrong.*)\n$/m);
  });

  it('names a worker that does not answer', async () => {
    using _frozen = freeze(engine(), 'volumes-0');
    const result = await doctor();
    expect(result.code).toBe(1);
    expect(errorsOf(result)).toEqual(['volumes-0']);
    expect(findingsOf(result).find(({ Name }) => Name === 'volumes-0')?.Advice).toMatch(/volumes-0\.log; npm start -- --restart volumes/);
  });

  it('remembers that a worker was killed', async () => {
    engine().kill('icons-0');
    const found = await eventually(async () => {
      const icons = findingsOf(await doctor()).find(({ Name }) => Name === 'icons-0');
      if (!icons?.Message.includes('serves')) throw new Error('icons-0 does not serve yet');
      return icons;
    });
    expect(found).toMatchObject({ Severity: 'warning', Message: expect.stringMatching(/the one before it was ended by SIGKILL, \d+ s ago$/) });
  });

  it('says that the bus does not answer', async () => {
    using _frozen = freeze(engine(), 'nats-0');
    const result = await doctor();
    expect(result.code).toBe(1);
    expect(errorsOf(result)).toEqual(['nats']);
  });

  it('says that a disk is full, and which', async () => {
    const directory = join(engine().root, 'volumes');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', directory]);
    using _mount = { [Symbol.dispose]: () => void execFileSync('umount', [directory]) };
    const result = await doctor();
    expect(result.code).toBe(1);
    const disk = findingsOf(result).filter(({ Name }) => Name === 'disk of volumes');
    expect(disk.map(({ Severity }) => Severity)).toEqual(['error', 'warning']);
    expect(disk[0]?.Message).toMatch(/^16\.0 MiB of 16\.0 MiB are free/);
    expect(disk[1]?.Message).toMatch(/gone after a reboot/);
  });

  it('says that a program is missing, also without an engine', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'abx-none-'));
    using _directory = { [Symbol.dispose]: () => rmSync(empty, { recursive: true }) };
    writeFileSync(join(empty, 'nothing'), '', { mode: 0o644 });
    const runc = findProgram('runc') ?? '';
    const [node, ...cli] = engine().command;
    const hidden = ['-c', `mount --bind "$0" "$1"; shift; exec "$@" --format json`, join(empty, 'nothing'), runc];
    const line = [node, ...cli.slice(0, -1), `unix://${empty}/run/arcbox.sock`, 'doctor'];
    const result = await runCommand('unshare', ['-m', 'sh', ...hidden, ...line]);
    expect(result.code).toBe(1);
    expect(errorsOf(result)).toEqual(['gateway', 'runc']);
    expect(findingsOf(result)[0]?.Advice).toBe(`npm start -- --root ${empty}`);
  });

  it('says that the user may not open the socket', async () => {
    const result = await runCommand('setpriv', ['--reuid', '65534', '--clear-groups', '--regid', '65534', ...engine().command, 'doctor']);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain(`this user may not open ${engine().socket}`);
  });

  it('says that the engine does not run, and how to start it', async () => {
    await engine().stop();
    const result = await engine().arcbox('doctor');
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(/✗ gateway +no engine runs: (nobody listens on|there is no socket) /);
    expect(result.stdout).toContain(`→ npm start -- --root ${engine().root}\n`);
    expect(result.stdout).toMatch(/✓ conmon/);
  });
});
