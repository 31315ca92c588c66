import { applyChanges } from './apply-changes.ts';

describe('changes', () => {
  it('are applied in order', () => {
    const config = { Env: ['A=1'], Cmd: ['old'], Labels: { a: '1' }, Hostname: 'h' };
    const changes = [
      'ENV B=$A C=3',
      'LABEL b=2',
      'ENTRYPOINT ["e"]',
      'cmd run it',
      'EXPOSE 80',
      'USER u',
      'VOLUME /v',
      'WORKDIR /w',
      'WORKDIR x',
      'STOPSIGNAL SIGINT',
      'HEALTHCHECK NONE',
      'ONBUILD RUN x',
    ];
    expect(applyChanges(config, changes)).toEqual({
      Env: ['A=1', 'B=1', 'C=3'],
      Labels: { a: '1', b: '2' },
      Entrypoint: ['e'],
      Cmd: ['/bin/sh', '-c', 'run it'],
      ExposedPorts: { '80/tcp': {} },
      User: 'u',
      Volumes: { '/v': {} },
      WorkingDir: '/w/x',
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['NONE'] },
      OnBuild: ['RUN x'],
      Hostname: 'h',
    });
  });

  it('of nothing are a new one', () => expect(applyChanges(undefined, [])).toEqual({}));

  it.each([
    ['FROM x', 'FROM is not a valid change command'],
    ['RUN x', 'RUN is not a valid change command'],
    ['COPY a b', 'COPY is not a valid change command'],
    ['ADD a b', 'ADD is not a valid change command'],
    ['ARG a', 'ARG is not a valid change command'],
    ['MAINTAINER a', 'MAINTAINER is not a valid change command'],
    ['SHELL ["a"]', 'SHELL is not a valid change command'],
    ['FOO', 'unknown instruction: FOO'],
    ['', '"" is not one instruction'],
    ['ENV a=1\nENV b=2', 'is not one instruction'],
    ['STOPSIGNAL x', 'invalid signal: x'],
  ])('refuse %j', (change, why) => expect(() => applyChanges({}, [change])).toThrow(why));
});
