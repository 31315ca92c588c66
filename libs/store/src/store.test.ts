import { spawn, spawnSync } from 'node:child_process';
import { getEventListeners, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, Leases, openStore, processIdentity, type Store } from './index.ts';

interface Fruit {
  id: string;
  name: string;
  sweet?: boolean;
}

/** Another process that holds a lease until it is killed. */
function holdElsewhere(file: string, name: string): AsyncDisposable & { readonly pid: number; readonly isHolding: Promise<unknown> } {
  const program = `import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
    openStore(process.argv[1]).leases.tryHold(process.argv[2]);
    setInterval(() => {}, 1000);
    console.log('holding');`;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program, file, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    isHolding: once(child.stdout, 'data'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('store', () => {
  let directory: string;
  const opened: Store[] = [];
  const open = (): Store => {
    const store = openStore(join(directory, 'state.db'));
    opened.push(store);
    return store;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'store-'));
  });
  afterEach(() => {
    for (const store of opened.splice(0)) store[Symbol.dispose]();
    rmSync(directory, { recursive: true });
  });

  it('syncs every commit to disk', () => {
    const { db } = open();
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(db.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  it('keeps records, finds them by index and prefix', () => {
    const fruits = open().collection<Fruit>('fruits', { indexes: { name: '$.name' } });
    fruits.put({ id: 'ab1', name: 'apple' });
    fruits.put({ id: 'ab2', name: 'pear' });
    expect(fruits.get('ab1')).toEqual({ id: 'ab1', name: 'apple' });
    expect(fruits.findBy('name', 'pear')).toEqual([{ id: 'ab2', name: 'pear' }]);
    expect(fruits.findByPrefix('ab')).toHaveLength(2);
    expect(fruits.countBy('name').get('pear')).toBe(1);
    expect(() => fruits.countBy('colour')).toThrow('has no index colour');
    expect(fruits.delete('ab1')).toBe(true);
    expect(fruits.delete('ab1')).toBe(false);
    expect(fruits.count()).toBe(1);
  });

  it('refuses a second record with the same unique value', () => {
    const fruits = open().collection<Fruit>('fruits', { unique: { name: '$.name' } });
    fruits.put({ id: '1', name: 'apple' });
    expect(() => fruits.put({ id: '2', name: 'apple' })).toThrow(/UNIQUE/);
  });

  it('shows one replica what another committed, and nothing of a failed transaction', () => {
    const [one, two] = [open(), open()];
    const [mine, theirs] = [one.collection<Fruit>('fruits'), two.collection<Fruit>('fruits')];
    expect(() =>
      one.transaction(() => {
        mine.put({ id: '1', name: 'apple' });
        one.outbox.append({ type: 'fruit', action: 'create', actor: { id: '1', attributes: {} } });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(theirs.get('1')).toBeUndefined();
    expect(two.outbox.waiting).toBe(0);
    mine.put({ id: '1', name: 'apple' });
    expect(theirs.get('1')?.name).toBe('apple');
  });

  it('upgrades documents of an older version, refuses newer ones', () => {
    const store = open();
    store.collection<Fruit>('fruits').put({ id: '1', name: 'apple' });
    const upgraded = store.collection<Fruit>('fruits', {
      version: 2,
      upgrade: (old) => ({ ...(old as Fruit), sweet: true }),
    });
    expect(upgraded.get('1')).toEqual({ id: '1', name: 'apple', sweet: true });
    upgraded.put({ id: '2', name: 'pear' });
    expect(() => store.collection<Fruit>('fruits').get('2')).toThrow('record of version 2, known is 1');
  });

  it('keeps events in order, one of an object in a batch', () => {
    const { outbox } = open();
    const add = (id: string, action: string): void =>
      outbox.append({ type: 'container', action, actor: { id, attributes: {} } });
    add('a', 'create');
    add('a', 'start');
    add('b', 'create');
    const batch = outbox.next(10);
    expect(batch.map((row) => `${row.actor.id} ${row.action}`)).toEqual(['a create', 'b create']);
    outbox.published(batch.map(({ seq }, i) => ({ seq, streamSeq: i + 1 })));
    expect(outbox.next(10).map((row) => row.action)).toEqual(['start']);
    expect(outbox.republishAfter(1)).toBe(1);
    expect(outbox.next(10).map((row) => `${row.actor.id} ${row.action}`)).toEqual(['a start', 'b create']);
  });

  it('gives event times that never repeat', () => {
    const { outbox } = open();
    for (let i = 0; i < 50; i++) outbox.append({ type: 't', action: 'a', actor: { id: `${i}`, attributes: {} } });
    const times = outbox.next(100).map((row) => row.timeNano);
    expect(times).toEqual([...new Set(times)].sort((a, b) => Number(a - b)));
  });

  describe('leases', () => {
    it('of the dead do not stay in the file', async () => {
      using one = open();
      const names = () => one.db.prepare('SELECT name FROM leases ORDER BY name').all().map(({ name }) => name);
      {
        await using other = holdElsewhere(join(directory, 'state.db'), 'of-one-who-dies');
        await other.isHolding;
        expect(names()).toEqual(['of-one-who-dies']);
      }
      using held = one.leases.tryHold('of-one-who-lives');
      using _two = open();
      expect(names()).toEqual([held?.name]);
    });

    it('has one holder among replicas', async () => {
      const [one, two] = [open(), open()];
      const held = await one.leases.hold('x');
      expect(two.leases.tryHold('x')).toBeUndefined();
      expect(two.leases.held()).toEqual(['x']);
      const waiting = two.leases.hold('x');
      held[Symbol.dispose]();
      const second = await waiting;
      expect(one.leases.tryHold('x')).toBeUndefined();
      second[Symbol.dispose]();
    });

    it('is given in order within a process', async () => {
      const { leases } = open();
      const order: number[] = [];
      const use = async (n: number): Promise<void> => {
        using _ = await leases.hold('x');
        await new Promise((resolve) => setTimeout(resolve, 3));
        order.push(n);
      };
      await Promise.all([use(1), use(2), use(3)]);
      expect(order).toEqual([1, 2, 3]);
    });

    it('stops waiting when aborted, and lets the next one through', async () => {
      const { leases } = open();
      const held = await leases.hold('x');
      const abort = new AbortController();
      const given = leases.hold('x', abort.signal);
      const next = leases.hold('x');
      abort.abort();
      await expect(given).rejects.toThrow(/abort/i);
      await expect(leases.hold('x', abort.signal)).rejects.toThrow(/abort/i);
      held[Symbol.dispose]();
      (await next)[Symbol.dispose]();
    });

    it('leaves nothing on the signal of whoever has waited', async () => {
      const { leases } = open();
      const held = await leases.hold('x');
      const { signal } = new AbortController();
      const next = leases.hold('x', signal);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      held[Symbol.dispose]();
      using _next = await next;
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('are not lost by whoever is away for long, and end with the store', () => {
      const [one, two] = [open(), open()];
      one.leases.tryHold('x');
      const now = Date.now();
      // No timer of this process runs meanwhile.
      const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 3_600_000);
      try {
        expect(two.leases.tryHold('x')).toBeUndefined();
        expect(two.leases.held()).toEqual(['x']);
      } finally {
        clock.mockRestore();
      }
      one[Symbol.dispose]();
      expect(two.leases.held()).toEqual([]);
      expect(two.leases.tryHold('x')).toBeDefined();
    });

    it('are not lost by a process that is stopped', async () => {
      const store = open();
      await using away = holdElsewhere(join(directory, 'state.db'), 'x');
      await away.isHolding;
      process.kill(away.pid, 'SIGSTOP');
      const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000);
      expect(store.leases.tryHold('x')).toBeUndefined();
      clock.mockRestore();
      await away[Symbol.asyncDispose]();
      expect(store.leases.tryHold('x')).toBeDefined();
    });

    it('that cannot be given back, on a full disk, breaks nothing and is given back later', async () => {
      const { db } = open();
      const leases = new Leases(db);
      const lease = await leases.hold('x');
      const next = leases.hold('x');
      db.exec('PRAGMA query_only=1');
      expect(() => lease[Symbol.dispose]()).not.toThrow();
      db.exec('PRAGMA query_only=0');
      expect(leases.held()).toEqual(['x']);
      (await next)[Symbol.dispose]();
    });

    it('frees the lease of a process that died', () => {
      const store = open();
      const dead = spawnSync('true').pid;
      store.db.prepare('INSERT INTO leases VALUES (?, ?, ?)').run('x', `${dead}.1/u`, Date.now() + 60_000);
      expect(store.leases.tryHold('x')).toBeDefined();
    });
  });

  it('knows a process by its start time', () => {
    const me = processIdentity();
    expect(isAlive(me ?? '')).toBe(true);
    expect(isAlive(`${process.pid}.1`)).toBe(false);
  });
});
