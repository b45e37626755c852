// A server on loopback for the emulators: whole requests in, whole replies out, faults on demand, and a record of
// what came in.

import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly method: string;
  /** With the origin of the server. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** Asked before the emulator answers: another reply, a broken connection, silence, or undefined to let it answer. */
export type Fault = (request: Received) => Reply | 'reset' | 'hang' | undefined;

export interface LoopbackOptions {
  /** Default: any free port. */
  readonly port?: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface LoopbackServer {
  /** "http://127.0.0.1:PORT", or "https://localhost:PORT" */
  readonly origin: string;
  readonly requests: readonly Received[];
  /** Replaces the fault; undefined takes it away. */
  setFault(fault: Fault | undefined): void;
  close(): Promise<void>;
}

type Handler = (request: Received) => Reply | Promise<Reply>;

export async function startLoopbackServer(handler: Handler, options: LoopbackOptions = {}): Promise<LoopbackServer> {
  const { tls, port = 0 } = options;
  const requests: Received[] = [];
  const state: { fault?: Fault | undefined; origin: string } = { origin: '' };
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    void answer(incoming, response).catch((error: unknown) => {
      // A defect of the emulator must be seen by whoever runs the test.
      response.writeHead(599).end(String(error));
    });
  };
  const answer = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = await receive(incoming, state.origin);
    requests.push(received);
    const fault = state.fault?.(received);
    if (fault === 'hang') return;
    if (fault === 'reset') return void incoming.socket.destroy();
    const reply = fault ?? (await handler(received));
    response.writeHead(reply.status, { 'content-length': Buffer.byteLength(reply.body ?? ''), ...reply.headers });
    response.end(reply.body);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const { port: actualPort } = server.address() as AddressInfo;
  state.origin = tls === undefined ? `http://127.0.0.1:${actualPort}` : `https://localhost:${actualPort}`;
  return {
    ...{ origin: state.origin, requests },
    setFault: (fault) => (state.fault = fault),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function receive(incoming: IncomingMessage, origin: string): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  // A path of two slashes would else be read as a host.
  const url = new URL(origin + (incoming.url ?? '/'));
  return { method: incoming.method ?? 'GET', url, headers: incoming.headers, body: Buffer.concat(chunks) };
}

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** The fault for the first requests that match, each of which takes one reply. */
export function faults(...replies: readonly ReturnType<Fault>[]): Fault {
  const left = [...replies];
  return () => left.shift();
}
