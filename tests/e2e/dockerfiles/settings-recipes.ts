import type { Recipe } from './recipe.ts';

const from = 'FROM corpus-base\n';

/** What an image says of itself, and the language in which it is said. */
export const settingsRecipes: readonly Recipe[] = [
  {
    name: 'env-forms',
    dockerfile: `${from}ENV A=one B="two words" C='single $A' D=three\\ words E=
ENV OLD old form with  two spaces
ENV F=$A G="\${B}" H=\\$A I=pre\${A}post J="say \\"hi\\""
ENV K=\${NOPE:-default} L=\${A:+set} M=\${NOPE:+set} N=\${E:-empty}
ENV A=changed Q=$A
ENV PATH=/opt/bin:$PATH
RUN env | grep -v -e ^HOSTNAME= -e ^PWD= -e ^SHLVL= -e ^HOME= | sort > /env`,
  },
  {
    name: 'arg-scopes',
    args: { GIVEN: 'from outside', LATE: 'late', BOTH: 'argument', http_proxy: 'http://proxy:1' },
    dockerfile: `ARG GLOBAL=global
ARG BASE=corpus-base
FROM \${BASE}
RUN echo "[$GLOBAL] [$GIVEN] [$LATE]" > /before
ARG GLOBAL
ARG GIVEN=default
ARG NONE
ARG WITH=$GLOBAL-\${GIVEN}
ENV BOTH=environment
ARG BOTH=default
RUN echo "[$GLOBAL] [$GIVEN] [\${NONE-unset}] [$WITH] [$BOTH] [$LATE] [$http_proxy]" > /after
ARG LATE
ENV KEPT=$LATE
LABEL given=$GIVEN
RUN env | grep -e LATE -e KEPT -e BOTH | sort > /env`,
  },
  {
    name: 'arg-several-on-a-line',
    args: { B: 'given' },
    with: ['buildkit'],
    dockerfile: `${from}ARG A=1 B=2 C\nRUN echo "$A $B [\${C-unset}]" > /args`,
  },
  {
    name: 'arg-across-stages',
    args: { V: 'given' },
    dockerfile: `ARG V=global
FROM corpus-base AS one
RUN echo "[$V]" > /one
ARG V
RUN echo "[$V]" >> /one
FROM one AS two
RUN echo "[$V]" > /two
FROM corpus-base
ARG V=own
COPY --from=two /one /two /
RUN echo "[$V]" > /three`,
  },
  {
    name: 'labels',
    dockerfile: `${from}LABEL a=1 "b c"="d e" f='g h' from=child
LABEL com.example.long="one \\
two" multi=yes
LABEL old value of the old form
LABEL path=$PATH quoted="\\"x\\""`,
  },
  { name: 'expose', dockerfile: `${from}ENV PORT=99\nEXPOSE 80 443/tcp 53/udp\nEXPOSE 8000-8002 $PORT \${PORT}/udp 80/tcp` },
  {
    name: 'volumes',
    context: { f: 'f' },
    dockerfile: `${from}RUN mkdir /a && echo before > /a/before
VOLUME /a /b
VOLUME ["/c d", "/var/data"]
COPY f /a/copied
COPY f /b/copied
RUN echo run > /a/run; echo run > /var/data/run; ls -R /a /b > /seen`,
  },
  {
    name: 'users',
    dockerfile: `${from}RUN id > /root-id
USER app
RUN id > /tmp/app; echo $HOME >> /tmp/app; touch /tmp/file
USER 1000
RUN id > /tmp/number; touch /tmp/file2
USER 1234:staff
RUN id > /tmp/unknown; echo $HOME >> /tmp/unknown; touch /tmp/file3
ENV WHO=app
USER \${WHO}:apps
RUN id > /tmp/variable`,
  },
  {
    name: 'workdirs',
    dockerfile: `${from}ENV D=dir
WORKDIR /a
WORKDIR b/\${D}
RUN pwd > pwd
WORKDIR ../up
RUN pwd > pwd
WORKDIR /x//y/../z/
RUN pwd > pwd
WORKDIR /var/link/below
RUN pwd > pwd
WORKDIR /var/private
WORKDIR /trailing/`,
  },
  {
    name: 'workdir-of-a-user',
    dockerfile: `${from}USER app\nWORKDIR /home/app/work\nRUN touch file 2> /tmp/said; id -u > /tmp/id\nWORKDIR relative\nUSER root\nWORKDIR deeper`,
  },
  { name: 'command-forms', dockerfile: `${from}ENV A=1\nENTRYPOINT ["echo", "$A", "b c"]\nCMD ["x", "y\\"z"]` },
  { name: 'command-shell-forms', dockerfile: `${from}ENTRYPOINT echo $A   "two  spaces"\nCMD exec top -b` },
  { name: 'entrypoint-takes-the-command-away', dockerfile: `${from}ENTRYPOINT ["true"]` },
  { name: 'command-before-entrypoint', dockerfile: `${from}CMD ["own"]\nENTRYPOINT ["true"]` },
  { name: 'command-of-an-earlier-stage', dockerfile: `${from}CMD ["first"]\nFROM corpus-base AS a\nCMD ["second"]\nFROM a\nENTRYPOINT ["third"]` },
  { name: 'text-after-a-list', dockerfile: `${from}ENTRYPOINT ["a"] x\nCMD ["b"] # no comment` },
  { name: 'empty-values', with: ['buildkit'], dockerfile: `${from}WORKDIR /w\nWORKDIR ""\nUSER app\nUSER ""\nLABEL a= b=""\nARG C=\nENV D=\$C E=""` },
  { name: 'empty-commands', dockerfile: `${from}CMD []\nENTRYPOINT []` },
  {
    name: 'shell',
    dockerfile: `${from}SHELL ["/bin/sh", "-e", "-c"]
RUN echo $- > /options
CMD echo $0
ENTRYPOINT start me
HEALTHCHECK CMD ask me
SHELL ["/bin/busybox", "ash", "-c"]
RUN echo $0 > /name`,
  },
  {
    name: 'healthcheck',
    dockerfile: `${from}HEALTHCHECK --interval=5m --timeout=3s --start-period=1m30s --retries=4 CMD ["true", "a b"]\nEXPOSE 1`,
  },
  { name: 'healthcheck-none', dockerfile: `${from}HEALTHCHECK --interval=1h CMD check  it\nHEALTHCHECK NONE` },
  { name: 'healthcheck-shell-form', dockerfile: `${from}ENV A=1\nHEALTHCHECK --interval=1500ms CMD test "$A" = 1 || exit 1` },
  { name: 'stop-signals', dockerfile: `${from}STOPSIGNAL 9\nENV S=QUIT\nSTOPSIGNAL SIG$S` },
  {
    name: 'triggers-of-a-stage',
    context: { f: 'f' },
    dockerfile: `FROM corpus-base AS parent
ONBUILD RUN echo "one $A" > /one
ONBUILD COPY f /copied
ONBUILD ENV FROM_TRIGGER=yes
ONBUILD ARG A=trigger
ONBUILD WORKDIR /trigger
FROM parent
RUN echo "$FROM_TRIGGER $PWD" > /two`,
  },
  { name: 'triggers-kept', dockerfile: `${from}ONBUILD RUN  echo "a  b"  && true\nONBUILD EXPOSE 80\nONBUILD COPY --chown=app . /x` },
  { name: 'maintainer', dockerfile: `${from}MAINTAINER Some One <some@one.example>` },
  {
    name: 'continuations-and-comments',
    dockerfile: `# a comment
from corpus-base

# another
run echo one \\
  # in between
  two \\

  three > /run && \\
  echo "# no comment" >> /run
    # indented
label a=b \\
   c=d
ENV E=\\
joined
RUN echo a\\
b > /glued   `,
  },
  { name: 'escape-directive', dockerfile: '# escape=`\nFROM corpus-base\nENV A=c:\\dir B=a`$b\nRUN echo one `\n  two\\three > /run\nWORKDIR c:\\x' },
  { name: 'carriage-returns', dockerfile: 'FROM corpus-base\r\nENV A=1 \\\r\n  B=2\r\nRUN echo "$A" > /a\r\nCMD ["x"]\r\n' },
  { name: 'byte-order-mark', dockerfile: '\ufeffFROM corpus-base\nENV \u00c4=\u00f6 \n' },
  { name: 'no-json', dockerfile: `${from}CMD ['single', 'quotes']\nENTRYPOINT [ "half"\nRUN echo "[\\"x\\"]" > /x` },
];
