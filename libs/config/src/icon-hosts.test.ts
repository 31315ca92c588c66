import { readIconHosts } from './icon-hosts.ts';

describe('hosts of icons', () => {
  it('are the public ones, but for those that are given', () => {
    expect(readIconHosts({ ARCBOX_ICONS_DOCKER_HUB: 'http://127.0.0.1:8080/hub/' })).toEqual({
      jsdelivr: 'https://cdn.jsdelivr.net',
      githubAvatars: 'https://avatars.githubusercontent.com',
      simpleIcons: 'https://cdn.simpleicons.org',
      dockerHub: 'http://127.0.0.1:8080/hub',
    });
  });

  it.each(['ftp://host', 'host', 'https://host/?x=1'])('cannot be %s', (text) => {
    expect(() => readIconHosts({ ARCBOX_ICONS_JSDELIVR: text })).toThrow(`ARCBOX_ICONS_JSDELIVR: not an http address: ${text}`);
  });
});
