import { chooseCommand } from './command.ts';
import { mergeEnvironment } from './environment.ts';

const image = { entrypoint: ['entry'], cmd: ['default'] };

describe('what runs', () => {
  it.each([
    [{ entrypoint: [], cmd: [] }, image, { entrypoint: ['entry'], cmd: ['default'] }],
    [{ entrypoint: [], cmd: ['mine'] }, image, { entrypoint: ['entry'], cmd: ['mine'] }],
    [{ entrypoint: ['mine'], cmd: [] }, image, { entrypoint: ['mine'], cmd: [] }],
    [{ entrypoint: ['mine'], cmd: ['too'] }, image, { entrypoint: ['mine'], cmd: ['too'] }],
  ])('%j on %j', (request, from, command) => expect(chooseCommand(request, from)).toEqual(command));

  it('must be something', () => {
    expect(() => chooseCommand({ entrypoint: [], cmd: [] }, { entrypoint: [], cmd: [] })).toThrow('no command specified');
  });

  it('has the environment of the image with the request on top', () => {
    expect(mergeEnvironment(['A=1', 'B=2=3'], { A: 'x', C: '' })).toEqual(['A=x', 'B=2=3', 'C=']);
  });
});
