import { resolveUser } from './user.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\nbroken line\nworker:x:1000:1001::/home/worker:/bin/sh\nhomeless:x:7:8:::\n42:x:5:6::/five:\n';
const group = 'root:x:0:\nworkers:x:1001:\nextra:x:1002:other,worker\n';

describe('the user of a process', () => {
  it.each([
    ['', { uid: 0, gid: 0, additionalGids: [0], home: '/root' }],
    ['worker', { uid: 1000, gid: 1001, additionalGids: [1001, 1002], home: '/home/worker' }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [1001, 1002], home: '/home/worker' }],
    ['worker:extra', { uid: 1000, gid: 1002, additionalGids: [1002], home: '/home/worker' }],
    ['worker:77', { uid: 1000, gid: 77, additionalGids: [77], home: '/home/worker' }],
    ['2000', { uid: 2000, gid: 0, additionalGids: [0], home: '/' }],
    ['2000:2001', { uid: 2000, gid: 2001, additionalGids: [2001], home: '/' }],
    ['homeless', { uid: 7, gid: 8, additionalGids: [8], home: '/' }],
    // A name that looks like a number is a name first.
    ['42', { uid: 5, gid: 6, additionalGids: [6], home: '/five' }],
  ])('%j', (spec, user) => expect(resolveUser(spec, passwd, group)).toEqual(user));

  it('must be known by name', () => {
    expect(() => resolveUser('nobody', passwd, group)).toThrow('unable to find user nobody: no matching entries in passwd file');
    expect(() => resolveUser('worker:none', passwd, group)).toThrow('unable to find group none: no matching entries in group file');
    expect(() => resolveUser('99999999999', passwd, group)).toThrow('unable to find user 99999999999');
    expect(() => resolveUser('a:b:c', passwd, group)).toThrow('not a user: a:b:c');
  });
});
