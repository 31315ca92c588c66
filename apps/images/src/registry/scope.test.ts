import { mergeScopes } from './scope.ts';

describe('mergeScopes', () => {
  it('asks for each repository once, with everything wanted of it', () => {
    expect(mergeScopes('repository:app:pull,push', 'repository:app:push,pull repository:base:pull')).toBe(
      'repository:app:pull,push repository:base:pull',
    );
    expect(mergeScopes('', 'repository:app:pull')).toBe('repository:app:pull');
    expect(mergeScopes('registry:catalog:*', '')).toBe('registry:catalog:*');
  });
});
