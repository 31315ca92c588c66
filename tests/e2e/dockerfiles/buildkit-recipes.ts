import type { Recipe } from './recipe.ts';

const from = 'FROM corpus-base\n';

/** What only BuildKit's language has. The BuildKit in Debian's dockerd knows some of it. */
export const buildkitRecipes: readonly Recipe[] = [
  {
    name: 'copy-chmod',
    with: ['buildkit'],
    context: { 'f': 'f', 'dir/x': { content: 'x', mode: 0o600 }, 'dir/sub/y': 'y', 'dir/link': { link: 'x' } },
    dockerfile: `${from}COPY --chmod=4750 f /a\nCOPY --chmod=0644 --chown=app dir /dir\nCOPY --chmod=755 f /new/parents/f\nADD --chmod=600 f /added`,
  },
  {
    name: 'run-mounts',
    with: ['buildkit'],
    context: { 'f': 'f', 'dir/x': 'x' },
    dockerfile: `FROM corpus-base AS other
RUN mkdir /out && echo other > /out/file
FROM corpus-base
RUN --mount=type=bind,target=/context ls -R /context > /listing; touch /context/f 2> /dev/null || echo read-only > /refused
RUN --mount=type=bind,from=other,source=/out,target=/mnt,rw cat /mnt/file > /from-stage; echo lost > /mnt/lost
RUN --mount=target=/in,source=dir cp /in/x /copied
RUN --mount=type=cache,target=/cache,uid=1000,mode=0750 stat -c '%u:%g %a' /cache > /cache-stat; echo kept > /cache/kept
RUN --mount=type=cache,target=/cache,uid=1000,mode=0750 cat /cache/kept > /cache-content
RUN --mount=type=tmpfs,target=/scratch touch /scratch/x; ls / > /names
RUN --mount=type=bind,from=corpus-base,source=/var/data,target=/base-data cat /base-data/one > /from-image
RUN ls / > /names-after`,
  },
  {
    name: 'platform-arguments',
    with: ['buildkit'],
    dockerfile: `FROM --platform=$BUILDPLATFORM corpus-base
ARG TARGETPLATFORM TARGETOS
ARG TARGETARCH
ARG BUILDPLATFORM
ARG BUILDARCH
ARG TARGETVARIANT
RUN echo "$TARGETPLATFORM $TARGETOS $TARGETARCH [$TARGETVARIANT] $BUILDPLATFORM $BUILDARCH" > /platform`,
  },
  {
    name: 'run-heredocs',
    with: [],
    dockerfile: `${from}ENV A=env
RUN <<EOF
set -e
echo "$A $(pwd)" > /shell
EOF
RUN <<'EOF' cat > /quoted
keeps $A
EOF
RUN <<-STRIP cat > /stripped
\t\ttabs $A
\tgo
\tSTRIP
RUN <<EOF
#!/bin/sed 1!w/interpreted
interpreted
EOF
RUN <<ONE cat /dev/fd/3 > /two 3<<TWO
one
ONE
two
TWO`,
    expected: {
      '/shell': 'file 644 0:0 6 "env /\\n"',
      '/quoted': 'file 644 0:0 9 "keeps $A\\n"',
      '/stripped': 'file 644 0:0 12 "tabs env\\ngo\\n"',
      '/interpreted': 'file 644 0:0 12 "interpreted\\n"',
      '/two': 'file 644 0:0 4 "two\\n"',
    },
  },
  {
    name: 'copy-heredocs',
    with: [],
    context: { f: 'f' },
    dockerfile: `${from}ENV A=env
COPY <<EOF /expanded
has $A and \${B:-default}
EOF
COPY --chmod=750 --chown=app <<"EOF" /quoted
has $A
EOF
COPY <<-one.txt <<two.txt f /several/
\tfirst
\tone.txt
second
two.txt
ADD <<EOF /added
EOF`,
    expected: {
      '/expanded': 'file 644 0:0 20 "has env and default\\n"',
      '/quoted': 'file 750 1000:1001 7 "has $A\\n"',
      '/several/one.txt': 'file 644 0:0 6 "first\\n"',
      '/several/two.txt': 'file 644 0:0 7 "second\\n"',
      '/several/f': 'file 644 0:0 at 1600000000 1 "f"',
      '/added': 'file 644 0:0 0 ""',
    },
  },
  {
    name: 'copy-flags',
    with: [],
    context: { 'a/b/c.txt': 'c', 'a/b/d.log': 'd', 'a/e.txt': 'e', 'script': 's' },
    dockerfile: `${from}COPY --parents a/b/c.txt /parents/
COPY --parents a/./b/c.txt /pivot/
COPY --exclude=*.log --exclude=b/*.txt a /excluded/
COPY --chmod=u+x,go-r script /symbolic
COPY --link script /var/link/linked
ADD --unpack=false script /raw`,
    expected: {
      '/parents/a/b/c.txt': 'file 644 0:0 at 1600000000 1 "c"',
      '/pivot/b/c.txt': 'file 644 0:0 at 1600000000 1 "c"',
      '/excluded/e.txt': 'file 644 0:0 at 1600000000 1 "e"',
      '/excluded/b/d.log': 'file 644 0:0 at 1600000000 1 "d"',
      '/excluded/b/c.txt': undefined,
      '/symbolic': 'file 700 0:0 at 1600000000 1 "s"',
      '/raw': 'file 644 0:0 at 1600000000 1 "s"',
    },
  },
  {
    name: 'variable-patterns',
    with: [],
    dockerfile: `${from}ENV V=one.two.three
ENV A=\${V#*.} B=\${V##*.} C=\${V%.*} D=\${V%%.*} E=\${V/./-} F=\${V//./-}
ENV H=
ENV G=\${NOPE-unset} I=\${H-still} J=\${H+set} K=\${NOPE+set}
RUN echo "$A $B $C $D $E $F" > /patterns; echo "[$G] [$I] [$J] [$K]" > /unset`,
    expected: {
      '/patterns': 'file 644 0:0 56 "two.three three one.two one one-two.three one-two-three\\n"',
      '/unset': 'file 644 0:0 20 "[unset] [] [set] []\\n"',
    },
  },
];
