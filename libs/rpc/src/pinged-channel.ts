import { Channel, credentials } from '@grpc/grpc-js';
import type { Registration } from './announce.ts';
import { channelOptions } from './channel-options.ts';

/**
 * A connection of its own to one replica, which is pinged each `period` while there are calls, and given up with all of
 * them when `patience` passes without an answer; milliseconds. A ping of HTTP/2 costs both sides a small part of what a
 * call does.
 */
export function openPingedChannel({ address }: Registration, { period, patience }: { period: number; patience: number }): Channel {
  return new Channel(address, credentials.createInsecure(), {
    ...channelOptions,
    'grpc.use_local_subchannel_pool': 1,
    'grpc.keepalive_time_ms': period,
    'grpc.keepalive_timeout_ms': patience,
  });
}
