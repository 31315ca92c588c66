import type { ChannelOptions, ServerOptions } from '@grpc/grpc-js';
import { sendAhead } from './send-ahead.ts';

/** Messages are bounded by what a list of many thousands needs, not by the 4 MiB default. */
const maxMessage = 64 * 1024 * 1024;

/** For every server and client of the engine: a restarted peer is found again within a second. */
export const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': maxMessage,
  'grpc.max_send_message_length': maxMessage,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_retries': 0,
};

/**
 * For servers. Requests are small, or come in pieces: one that is announced as
 * large would be gathered in memory, as many at a time as a client has streams.
 * 4 MiB is what clients of gRPC expect everywhere.
 */
export const serverOptions: ServerOptions = { ...channelOptions, 'grpc.max_receive_message_length': 4 * 1024 * 1024, interceptors: [sendAhead] };
