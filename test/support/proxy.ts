// An HTTP proxy on loopback: tunnels by CONNECT, and addresses asked for as a whole. It knows where names lead, so that
// a process under test can talk to hosts by names that nobody else resolves.

import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ProxyOptions {
  /** "host:port" to a port of this machine; every other host is refused with 502. */
  readonly routes?: Readonly<Record<string, number>>;
  /** "user:password"; without them it answers 407. */
  readonly login?: string;
  /** The status of every answer, in place of all else. */
  readonly refuse?: number;
}

export interface Proxy {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  /** "CONNECT acme.example:443", "GET http://acme.example/path"; of what came with the right login. */
  readonly passed: readonly string[];
  /** The same, of everything. */
  readonly seen: readonly string[];
  close(): Promise<void>;
}

export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const seen: string[] = [];
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  /** The status of the refusal; undefined lets it pass. */
  const judge = ({ method = '', url = '', headers }: IncomingMessage): number | undefined => {
    seen.push(`${method} ${url}`);
    if (options.refuse !== undefined) return options.refuse;
    const wanted = options.login && `Basic ${Buffer.from(options.login).toString('base64')}`;
    if (wanted !== undefined && headers['proxy-authorization'] !== wanted) return 407;
    passed.push(`${method} ${url}`);
    return undefined;
  };
  const server = createServer((incoming, response) => {
    const status = judge(incoming);
    if (status === undefined) forward(incoming, response, options.routes ?? {});
    else response.writeHead(status, { 'proxy-authenticate': 'Basic realm="proxy"' }).end();
  });
  server.on('connection', (socket) => sockets.add(socket));
  server.on('connect', (incoming, socket: Socket) => {
    const port = options.routes?.[incoming.url ?? ''];
    const status = judge(incoming) ?? (port === undefined ? 502 : undefined);
    if (status !== undefined || port === undefined) {
      socket.end(
        `HTTP/1.1 ${status ?? 502} No\r\nproxy-authenticate: Basic realm="proxy"\r\ncontent-length: 0\r\n\r\n`,
      );
      return;
    }
    const target = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    sockets.add(target);
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
    target.pipe(socket).pipe(target);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ host: `127.0.0.1:${(server.address() as AddressInfo).port}`, passed, seen },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) =>
        server.close(() => {
          resolve();
        }),
      );
    },
  };
}

function forward(incoming: IncomingMessage, response: ServerResponse, routes: Readonly<Record<string, number>>): void {
  const url = URL.parse(incoming.url ?? '');
  const port = url === null ? undefined : routes[`${url.hostname}:${url.port === '' ? '80' : url.port}`];
  if (url === null || port === undefined) return void response.writeHead(502).end();
  const headers = { ...incoming.headers };
  delete headers['proxy-authorization'];
  const { method } = incoming;
  const outgoing = httpRequest(
    { host: '127.0.0.1', port, method, path: url.pathname + url.search, headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.on('error', () => response.destroy());
  incoming.pipe(outgoing);
}
