import { planMounts } from './mounts.ts';

describe('the mounts of a container', () => {
  it('are not as many as an image likes', () => {
    const volumes = (count: number): string[] => Array.from({ length: count }, (_, i) => `/v${i}`);
    expect(planMounts([], volumes(512))).toHaveLength(512);
    expect(() => planMounts([], volumes(513))).toThrow('513 mounts and volumes of the image are more than the 512 a container can have');
  });
});
