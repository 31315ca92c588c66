import type { Recipe } from './recipe.ts';

const from = 'FROM corpus-base\n';

/** What programs do to files, and what of it the image keeps. */
export const runRecipes: readonly Recipe[] = [
  {
    name: 'removals',
    dockerfile: `${from}RUN mkdir -p /d/e/f && echo 1 > /d/e/f/g && echo 2 > /d/h && rm /var/data/one && rm -r /usr /var/private
RUN rm -r /d/e && rm /var/link && rm /bin/yes
RUN mkdir -p /d/e && echo again > /d/e/new && echo one > /var/data/one`,
  },
  {
    name: 'removed-and-made-anew',
    dockerfile: `${from}RUN rm -rf /var/data && mkdir /var/data && echo new > /var/data/new
RUN rm -rf /var/data && mkdir /var/data
RUN rm -r /usr/lib && echo file > /usr/lib
RUN rm /usr/lib && mkdir -p /usr/lib/deep && touch /usr/lib/deep/other
RUN rm /srv/setuid && mkdir /srv/setuid && touch /srv/setuid/x && rm /var/link && mkdir /var/link && ln -s /srv /var/private/s && rm -r /root && ln -s /tmp /root`,
  },
  {
    name: 'moves',
    dockerfile: `${from}RUN mv /var/data /var/moved
RUN mv /var/moved/sub /var/sub && mv /usr/lib /usr/lib2 && mv /var/private/secret /var/private/known
RUN mv /var/moved /var/data`,
  },
  {
    name: 'hard-links',
    dockerfile: `${from}RUN echo a > /a && ln /a /b && ln /a /bin/c && ln -s a /l && ln /l /l2
RUN ln /a /d && ln /srv/pair-a /srv/pair-c
RUN chmod 600 /a && rm /b && echo x >> /srv/pair-b`,
  },
  {
    name: 'modes-and-owners',
    dockerfile: `${from}RUN chmod 4755 /var/data/one && chown 1:2 /var/data/sub && chmod 1770 /tmp && chown -h 3:4 /var/dangling && chgrp staff /srv
RUN mkdir -m 2755 /g && touch /g/inherits && chown app:apps /srv/setuid && chown 0:0 /srv/capable
RUN umask > /umask; umask 077; mkdir /closed; touch /closed/x; chmod 000 /closed/x; chown 2000000000:3000000000 /closed`,
  },
  {
    name: 'special-files',
    dockerfile: `${from}RUN mkfifo -m 622 /fifo && mknod /null c 1 3 && mknod -m 660 /block b 7 200 && ln -s "$(printf '%0300d' 0 | tr 0 x)" /long-link
RUN touch -d '1999-12-31 23:59:59' /old /var/data/two && touch "/$(printf 'b\\377d')" "$(printf '/new\\nline')" '/quote"\\back' && mkdir -p /$(printf '%080d/%080d/%080d' 1 2 3) && touch /$(printf '%080d/%080d/%080d' 1 2 3)/$(printf '%0200d' 4)`,
  },
  {
    name: 'capabilities',
    dockerfile: `${from}RUN cp /srv/capable /plain-copy && mv /srv/capable /srv/moved && ln /srv/moved /srv/linked
RUN chmod 700 /srv/moved
COPY --from=corpus-base /srv/capable /copied`,
  },
  {
    name: 'large-files',
    dockerfile: `${from}RUN dd if=/bin/busybox of=/large bs=1M count=1 && cat /large /large /large /large > /larger && truncate -s 20M /sparse && echo end >> /sparse
RUN printf x | dd of=/larger bs=1 seek=1000000 conv=notrunc && chmod 600 /sparse`,
  },
  { name: 'many-files', dockerfile: `${from}RUN mkdir /many && cd /many && seq 1 1500 | xargs touch && find / -xdev -name '1*' | wc -l > /dev/null\nRUN cd /many && seq 1 3 1500 | xargs rm` },
  {
    name: 'mount-points',
    dockerfile: `${from}RUN ls -a / > /listing; cat /etc/hosts /etc/resolv.conf > /dev/null; ls /etc > /etc-listing
RUN echo x >> /etc/hosts || true; echo x > /etc/hostname || true; echo y > /etc/own; rm -f /etc/resolv.conf || true`,
  },
  {
    name: 'root-itself',
    dockerfile: `${from}RUN chmod 711 / && chown 0:50 /\nRUN touch /x`,
  },
  {
    name: 'run-forms',
    dockerfile: `${from}RUN ["/bin/sh", "-c", "echo $0 \\"exec form\\" > /exec", "zero"]
RUN ["touch", "/a b", "$PATH"]
RUN set -e; for i in 1 2; do \\
      echo $i; \\
    done > /loop
RUN pwd > /pwd; echo "$HOME" > /home-of-root; echo "$@" > /args
ENV HOME=/elsewhere
RUN echo $HOME > /home-given; tr '\\0' ' ' < /proc/self/cmdline > /cmdline
RUN true
RUN cat > /stdin && test ! -s /stdin && rm /stdin`,
  },
  {
    name: 'stages-in-a-row',
    dockerfile: `FROM corpus-base AS one
ENV A=1
WORKDIR /one
USER app
RUN id -un > /tmp/one
FROM one AS two
RUN echo "$A $PWD $(id -un)" > /tmp/two
LABEL two=2
FROM corpus-base AS unused
RUN exit 1
FROM two
RUN echo three > /tmp/three`,
    with: ['buildkit'],
  },
  {
    name: 'target',
    target: 'Middle',
    dockerfile: `FROM corpus-base AS first\nRUN echo 1 > /1\nFROM first AS middle\nCOPY --from=first /1 /copied\nFROM middle\nRUN exit 1`,
  },
  { name: 'target-by-number', with: [], target: '0', dockerfile: `FROM corpus-base\nRUN echo 1 > /1\nFROM corpus-base\nRUN exit 1`, expected: { '/1': 'file 644 0:0 2 "1\\n"' } },
];
