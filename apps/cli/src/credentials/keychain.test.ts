import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keychain } from './keychain.ts';

describe('the keychain', () => {
  let home: string;
  let keychain: Keychain;
  const config = () => join(home, '.docker/config.json');
  const writeConfig = (content: object) => writeFileSync(config(), JSON.stringify(content));
  const readConfig = () => JSON.parse(readFileSync(config(), 'utf8')) as Record<string, unknown>;
  const account = { username: 'u', password: 'a:b', identityToken: '' };

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'abx-keys-'));
    mkdirSync(join(home, '.docker'));
    mkdirSync(join(home, 'settings'));
    keychain = new Keychain({ directory: join(home, 'settings'), dockerDirectory: join(home, '.docker') });
  });

  afterEach(() => rmSync(home, { recursive: true }));

  it('shares docker’s file, for the user alone, and leaves the rest of it as it is', async () => {
    expect(await keychain.find('registry:5000')).toBeUndefined();
    writeConfig({ detachKeys: 'ctrl-x', auths: { 'other:1': { auth: Buffer.from('o:p').toString('base64') } } });
    expect(await keychain.keep('registry:5000', account)).toBe(config());
    expect(await keychain.keep('docker.io', { username: '', password: '', identityToken: 'token' })).toBe(config());
    expect(statSync(config()).mode & 0o777).toBe(0o600);
    expect(readConfig()).toEqual({
      detachKeys: 'ctrl-x',
      auths: {
        'other:1': { auth: 'bzpw' },
        'registry:5000': { auth: Buffer.from('u:a:b').toString('base64') },
        'https://index.docker.io/v1/': { auth: 'Og==', identitytoken: 'token' },
      },
    });
    expect(await keychain.find('https://registry:5000/v2/')).toEqual(account);
    expect(await keychain.find('docker.io')).toEqual({ username: '', password: '', identityToken: 'token' });
    expect(keychain.registries()).toEqual(['other:1', 'registry:5000', 'docker.io']);
    expect([await keychain.forget('registry:5000'), await keychain.forget('registry:5000')]).toEqual([true, false]);
    expect(Object.keys(readConfig()['auths'] as object)).toEqual(['other:1', 'https://index.docker.io/v1/']);
  });

  it('writes through a symbolic link', async () => {
    writeFileSync(join(home, 'elsewhere.json'), '{}');
    symlinkSync(join(home, 'elsewhere.json'), config());
    await keychain.keep('r:1', account);
    expect(readFileSync(join(home, 'elsewhere.json'), 'utf8')).toContain('r:1');
    expect(lstatSync(config()).isSymbolicLink()).toBe(true);
  });

  it('prefers what auth.json has, until there is something newer', async () => {
    const own = join(home, 'settings/auth.json');
    writeConfig({ auths: { 'r:1': { auth: Buffer.from('docker:p').toString('base64') } } });
    writeFileSync(own, JSON.stringify({ auths: { 'r:1': { auth: Buffer.from('own:p').toString('base64') } } }));
    expect(await keychain.find('r:1')).toMatchObject({ username: 'own' });
    await keychain.keep('r:1', account);
    expect(await keychain.find('r:1')).toEqual(account);
    expect(readFileSync(own, 'utf8')).not.toContain('r:1');
  });

  it('says which file is broken', async () => {
    writeFileSync(config(), '{');
    await expect(keychain.find('r:1')).rejects.toThrow(`${config()} is not JSON`);
  });
});
