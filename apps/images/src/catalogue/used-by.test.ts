import type { RootRecord } from '../store/records.ts';
import { describeUsers } from './used-by.ts';

const id = (digit: number): string => String(digit).repeat(64);
const root = (path: string): RootRecord => ({ id: path, image: 'i', diffIds: [], directory: 'd', createdAt: '' });
const roots = (...digits: number[]): RootRecord[] => digits.map((digit) => root(`/state/${id(digit)}/rootfs`));

describe('who uses an image', () => {
  it('is named by container, with its state', () => {
    expect(describeUsers(roots(1), new Set())).toBe('container 111111111111 (stopped)');
    expect(describeUsers(roots(1, 2), new Set([id(2)]))).toBe(
      'containers 111111111111 (stopped), 222222222222 (running)',
    );
  });

  it('is named without a state when nobody can tell', () => {
    expect(describeUsers(roots(1), undefined)).toBe('container 111111111111');
  });

  it('is cut after five', () => {
    expect(describeUsers(roots(1, 2, 3, 4, 5, 6, 7), undefined)).toMatch(/^containers 1{12}, .*, 5{12} and 2 more$/);
  });

  it('has no name when the path is not that of a container', () => {
    expect(describeUsers([root('/state/rootfs')], new Set())).toBe('a stopped container');
    expect(describeUsers([root('/state/rootfs')], undefined)).toBe('a running container');
  });
});
