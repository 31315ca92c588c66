import type { Context, Recipe } from './recipe.ts';

const from = 'FROM corpus-base\n';

const tree: Context = {
  'a.txt': 'a',
  'b.txt': 'b',
  '.hidden': 'hidden',
  'c[1].txt': 'bracket',
  'with space': 'space',
  'dir/one': 'one',
  'dir/.dot': 'dot',
  'dir/sub/two': 'two',
  'dir/sub/deep/three': 'three',
  'empty/': '',
};

const marked: Context = {
  'setuid': { content: 's', mode: 0o4755 },
  'setgid': { content: 's', mode: 0o2755 },
  'script': { content: 's', mode: 0o755 },
  'private': { content: 's', mode: 0o600 },
  'unreadable': { content: 's', mode: 0o000 },
  'closed/': { mode: 0o700 },
  'closed/file': { content: 's', mode: 0o640 },
  'sticky/': { mode: 0o1777 },
  'shared/': { mode: 0o2775 },
  'shared/x': 'x',
};

/** Where COPY and ADD write what. */
export const copyRecipes: readonly Recipe[] = [
  {
    name: 'copy-files',
    context: tree,
    dockerfile: `${from}COPY a.txt /renamed
COPY a.txt /dir/
COPY a.txt /new/deep/name
COPY a.txt b.txt /both/
COPY a.txt .
COPY ./b.txt ./relative
WORKDIR /work
COPY a.txt .
COPY b.txt sub/b
COPY a.txt ../up
COPY /a.txt /from-root
COPY ./dir/../b.txt /from-below`,
  },
  {
    name: 'copy-directories',
    context: tree,
    dockerfile: `${from}COPY dir /a
COPY dir/ /b/
COPY dir/. /c
COPY dir/sub dir/one /d/
COPY empty /e
COPY . /all/
COPY dir /var/data
COPY dir/sub/ .`,
  },
  {
    name: 'copy-wildcards',
    context: tree,
    dockerfile: `${from}COPY *.txt /stars/
COPY ?.txt /question/
COPY [ab].txt /class/
COPY [^a].txt /not/
COPY d*/o* /nested/
COPY * /everything/
COPY .h* /hidden/
COPY c[[]1].txt /bracket
COPY dir/su* /directory/
COPY a.tx[t] /one-name`,
  },
  {
    name: 'copy-names',
    context: { ...tree, 'späß/ü': 'ü', '-dash': 'dash', 'tab\there': 't' },
    dockerfile: `${from}COPY ["with space", "a.txt", "/json dir/"]
COPY ["with space", "/named with space"]
ENV FILE=a.txt TO=/variable
COPY $FILE \${TO}/\${FILE}.copy
COPY \${NOPE:-b.txt} $TO/
COPY späß /umlaut/
COPY -- -dash /dash/
COPY ["tab\\there", "a.txt", "/odd/"]`,
  },
  {
    name: 'copy-modes',
    context: marked,
    dockerfile: `${from}COPY . /modes/
COPY setuid /s
COPY closed /closed
COPY shared/ /tmp/
COPY sticky /var/private/
ADD unreadable /u`,
  },
  {
    name: 'copy-links',
    context: {
      'target': 't',
      'to-file': { link: 'target' },
      'to-dir': { link: 'dir' },
      'dangling': { link: 'nowhere' },
      'absolute': { link: '/etc/passwd' },
      'dir/file': 'file',
      'dir/up': { link: '../target' },
      'dir/loop': { link: 'loop' },
      'dir/self': { link: '.' },
      'pair/a': 'pair',
      'pair/b': { hardLink: 'pair/a' },
      'outside': { hardLink: 'pair/a' },
    },
    dockerfile: `${from}COPY to-file /f
COPY to-dir /d
COPY to-dir/ /e/
COPY to-dir/file /g
COPY dir /links
COPY . /all/
COPY pair /pair
COPY pair outside /both/`,
  },
  {
    name: 'copy-through-links',
    context: { 'f': 'f', 'dir/x': 'x' },
    dockerfile: `${from}COPY f /var/link/
COPY f /var/absolute/new/
COPY dir /var/link
RUN ln -s /var/data/target /var/to-file && ln -s ../srv /var/to-srv
COPY f /var/to-file
COPY f /var/to-srv/below
COPY dir/ /var/to-srv/`,
  },
  {
    name: 'copy-over-files',
    context: {
      'sub/three': { content: 'new three', mode: 0o600 },
      'sub/four': 'four',
      'one': { content: 'new one', mode: 0o755 },
      'tree/data/two': 'new two',
      'tree/private/': { mode: 0o755 },
      'tree/private/more': 'more',
      'tree/link/through': 'through',
      'srv/pair-a': 'alone',
      'srv/setuid': 'no more',
      'srv/capable': 'neither',
    },
    dockerfile: `${from}COPY one /var/data/one
COPY sub /var/data/sub
COPY tree/data /var/data/
COPY tree/private /var/private
COPY srv /srv/
COPY --chown=app:apps one /tmp
COPY --chown=app:staff sub /lib`,
  },
  {
    name: 'copy-owners',
    context: { 'f': 'f', 'dir/sub/x': 'x', 'dir/closed/': { mode: 0o700 } },
    dockerfile: `${from}COPY --chown=app:staff f /name-and-group
COPY --chown=1000 f /number
COPY --chown=5:6 f /both
COPY --chown=77:apps f /mixed
COPY --chown=4294967294:2147483648 f /large
COPY --chown=app:apps dir /dir
COPY --chown=app:apps f /new/parents/f
COPY --chown=app:apps dir /var/data/
ENV WHO=staff
COPY --chown=0:$WHO f /variable
USER app
COPY f /as-user
WORKDIR /home/app
COPY --chown=app:apps f .`,
  },
  {
    // The classic builder looks for a group of the user's name.
    name: 'copy-owners-by-user',
    with: ['buildkit'],
    context: { 'f': 'f', 'dir/x': 'x' },
    dockerfile: `${from}COPY --chown=app f /name\nCOPY --chown=:50 f /group\nCOPY --chown=app dir /dir\nUSER 5\nCOPY --chown=app f /tmp/\nADD --chown=root f /tmp/root`,
  },
  {
    name: 'copy-owners-of-this-image',
    context: { f: 'f' },
    dockerfile: `${from}RUN echo new:x:77:88::/:/bin/sh >> /etc/passwd && echo fresh:x:99: >> /etc/group
COPY --chown=new:fresh f /a
COPY --chown=77:fresh f /b
RUN stat -c '%U:%G %a' /a /b > /stat`,
  },
  {
    name: 'copy-from-stages',
    dockerfile: `FROM corpus-base AS tools
RUN mkdir -p /out/sub /out/closed && echo a > /out/a && ln /out/a /out/b && ln -s a /out/l && ln -s /out/sub /out/abs \\
 && echo s > /out/s && chmod 4711 /out/s && chown -R 7:8 /out && chmod 4711 /out/s && chmod 700 /out/closed && mkfifo /out/fifo \\
 && touch -d '2001-02-03 04:05:06' /out/sub/old /out/closed
FROM corpus-base AS Second
COPY --from=tools /out /from-name
COPY --from=TOOLS /out/ /from-upper
FROM corpus-base
COPY --from=0 /out/a /out/l /files/
COPY --from=0 --chown=app:apps /out /owned
COPY --from=second /from-name/sub /sub
COPY --from=tools /out/s* /wild/
COPY --from=tools /out/abs /through
COPY --from=tools out/a /relative
COPY --from=tools /srv /srv2/
COPY --from=tools /bin/tr /applet`,
  },
  { name: 'copy-from-an-image', dockerfile: 'FROM scratch\nCOPY --from=corpus-base /etc/passwd /var/private /x/\nCOPY --from=corpus-base /var /var\nCMD ["/none"]' },
  { name: 'scratch', context: { 'f': 'f', 'd/e': 'e' }, dockerfile: 'FROM scratch\nCOPY f /\nCOPY d /d\nWORKDIR /w/x\nENV A=$PATH\nENTRYPOINT ["/f"]' },
  {
    name: 'dockerignore',
    with: ['command'],
    context: {
      ...tree,
      '.dockerignore': `# a comment
*.txt
!b.txt

dir/sub
!dir/sub/deep
**/*.log
/anchored
  spaced
nested/**/x
!nested/keep/x
star/*
Dockerfile
`,
      'x.log': 'x',
      'deep/er/y.log': 'y',
      'anchored': 'x',
      'other/anchored': 'kept',
      'spaced': 'x',
      'nested/x': 'x',
      'nested/a/b/x': 'x',
      'nested/keep/x': 'kept',
      'star/a': 'x',
      'star/b/c': 'x',
    },
    dockerfile: `${from}COPY . /all/\nCOPY dir /dir\nCOPY *.txt /text/`,
  },
  {
    name: 'dockerignore-everything-but',
    with: ['command'],
    context: { ...tree, '.dockerignore': '**\n!dir/one\n!*.txt\nb.*\n!Dockerfile\n' },
    dockerfile: `${from}COPY . /all/`,
  },
];
