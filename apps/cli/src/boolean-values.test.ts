import { Command } from 'commander';
import { withoutBooleanValues } from './boolean-values.ts';

const run = new Command('run')
  .argument('<image>')
  .argument('[command...]')
  .option('-i, --interactive')
  .option('--rm')
  .option('--sig-proxy')
  .option('--no-sig-proxy')
  .option('-p, --publish <port>')
  .option('--name <name>');

describe('withoutBooleanValues', () => {
  it.each([
    ['--rm=true img', '--rm img'],
    ['--rm=false -i=1 img', '-i img'],
    ['--sig-proxy=false img', '--no-sig-proxy img'],
    ['--sig-proxy img', '--sig-proxy img'],
    ['-p=80:80 --name=x img', '-p 80:80 --name=x img'],
    ['--name --rm=false img', '--name --rm=false img'],
    ['--rm=perhaps img', '--rm=perhaps img'],
    ['img prog --rm=false -p=1', 'img prog --rm=false -p=1'],
    ['-- --rm=true', '-- --rm=true'],
    ['--unknown=false img', '--unknown=false img'],
  ])('%s', (line, expected) => {
    expect(withoutBooleanValues(run, line.split(' '))).toEqual(expected.split(' '));
  });

  it('goes on behind operands where options may stand there', () => {
    const stop = new Command('stop').argument('<container...>').option('-f, --force');
    expect(withoutBooleanValues(stop, ['web', '--force=false', 'db', '-f=true'])).toEqual(['web', 'db', '-f']);
  });
});
