import { registriesIn } from './registries.ts';

describe('registries of a Dockerfile', () => {
  it('are those of its images', () => {
    const dockerfile = [
      '# syntax=docker/dockerfile:1',
      'FROM --platform=linux/amd64 registry:5000/team/base:1 AS build',
      'COPY --from=ghcr.io/tool/tool:2 /tool /tool',
      'RUN --mount=type=bind,from=quay.io/x/y,target=/y true',
      'FROM scratch',
      'COPY --from=0 / /',
    ].join('\n');
    expect(registriesIn(dockerfile)?.sort()).toEqual(['docker.io', 'ghcr.io', 'quay.io', 'registry:5000']);
    expect(registriesIn('FROM scratch')).toEqual([]);
  });

  it('cannot be told when an argument may name one', () => {
    expect(registriesIn('ARG REGISTRY\nFROM ${REGISTRY}/base')).toBeUndefined();
    expect(registriesIn(undefined)).toBeUndefined();
  });
});
