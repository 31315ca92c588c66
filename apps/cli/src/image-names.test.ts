import { namesOf } from './image-names.ts';

describe('namesOf', () => {
  const digest = 'sha256:00';

  it('gives a line a name', () => {
    const image = { repoTags: ['a:1', 'r:5000/a:2'], repoDigests: [`a@${digest}`] };
    expect(namesOf(image, false)).toEqual([
      { repository: 'a', tag: '1', digest: '<none>' },
      { repository: 'r:5000/a', tag: '2', digest: '<none>' },
    ]);
    expect(namesOf(image, true)[0]).toEqual({ repository: 'a', tag: '1', digest });
  });

  it('knows images without tag or without any name', () => {
    expect(namesOf({ repoTags: [], repoDigests: [`a@${digest}`] }, true)).toEqual([
      { repository: 'a', tag: '<none>', digest },
    ]);
    expect(namesOf({ repoTags: ['<none>:<none>'], repoDigests: [] }, true)).toEqual([
      { repository: '<none>', tag: '<none>', digest: '<none>' },
    ]);
  });
});
