import { subscribe } from 'node:diagnostics_channel';
import type { Http2Session, Http2Stream } from 'node:http2';
import { flowWindow } from './channel-options.ts';

/** A connection carries many streams. */
const connectionWindow = 4 * flowWindow;

const widened = new WeakSet<Http2Session>();
let isWatching = false;

/**
 * Lets clients of this process's servers send that much before they wait for an
 * answer. grpc-js has such an option for clients only, so each connection is
 * told when its first stream comes; streams that are open follow (RFC 9113, 6.9.2).
 */
export function widenWindows(): void {
  if (isWatching) return;
  isWatching = true;
  subscribe('http2.server.stream.created', (message) => {
    const { session } = (message as { stream: Http2Stream }).stream;
    if (!session || session.destroyed || widened.has(session)) return;
    widened.add(session);
    session.settings({ initialWindowSize: flowWindow });
    session.setLocalWindowSize(connectionWindow);
  });
}
