import { describeIf } from '@arcbox/testing';
import { startDockerd } from './dockerd.ts';
import { migrate, needs, startEngine } from './engine.ts';

describeIf([...needs, 'dockerd', 'docker'], 'what a dockerd has', () => {
  it('arrives', async () => {
    await using docker = await startDockerd();
    await docker.command('volume', 'create', '--label', 'tier=db', 'data');
    await docker.command('network', 'create', '--subnet', '10.201.7.0/24', 'mesh');
    await docker.command('run', '-d', '--name', 'web', '--network', 'mesh', '--ip', '10.201.7.9', '-v', 'data:/data', 'base');
    await docker.command('exec', 'web', 'sh', '-c', 'echo hello > /data/file; rm /etc/gone; echo new > /etc/old; mkdir /srv; echo deep > /srv/deep');
    await using engine = await startEngine();
    const told = await migrate(engine, docker);
    console.log(told.map(({ phase, resource, message, completed, total }) => `${phase} ${resource} ${message} ${completed}/${total}`).join('\n'), told.at(-1)?.warnings);
  });
});
