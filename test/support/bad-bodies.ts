// Bodies as no server should send them, for the `stream` of a registry's reply.

import type { ServerResponse } from 'node:http';

const chunk = Buffer.alloc(64 * 1024, 0x20);

export interface Sent {
  /** Bytes handed to the socket. */
  bytes: number;
}

/** Writes as fast as the client reads, for ever. */
export function endless(response: ServerResponse, sent: Sent = { bytes: 0 }): void {
  const more = (): void => {
    while (!response.destroyed) {
      sent.bytes += chunk.length;
      if (!response.write(chunk)) return;
    }
  };
  response.on('drain', more);
  more();
}

/** A byte now and then, for ever. */
export function slowly(response: ServerResponse, everyMs = 20): void {
  const timer = setInterval(() => response.write(' '), everyMs);
  response.on('close', () => {
    clearInterval(timer);
  });
}
