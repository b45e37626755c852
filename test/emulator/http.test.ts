// The Http port of the machine against servers on loopback: limits, proxies, what it leaves alone.

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { NotaryError } from '../../shared/errors.ts';
import { createHttp } from '../../shared/host/http.ts';
import type { HttpClient } from '../../shared/host/http.ts';
import type { Environment, HttpRequest } from '../../shared/ports.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(server: Server | TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function serve(handler: Handler): Promise<{ readonly url: URL; readonly sockets: ReadonlySet<Socket> }> {
  const server = createServer(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  const port = await listening(server);
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: new URL(`http://127.0.0.1:${port}/path?query=1`), sockets };
}

function client(environment: Environment = {}, signal = new AbortController().signal): HttpClient {
  const made = createHttp({ signal, userAgent: 'notary-actions/test', environment });
  open.push(() => made.close());
  return made;
}

const get = (url: URL, more: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'GET', url, timeoutMs: 5000, maxBytes: 1000 },
  ...more,
});
const failing = async (promise: Promise<unknown>): Promise<NotaryError> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof NotaryError) return error;
  throw new Error('did not fail with a NotaryError', { cause: error });
};

describe('createHttp', () => {
  it('sends what it is given and returns what comes', async () => {
    const seen: unknown[] = [];
    const { url } = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method, headers } = request;
        seen.push({ method, url: request.url, body: Buffer.concat(chunks).toString(), headers });
        response.writeHead(201, { 'X-Name': 'value', 'Set-Cookie': ['a=1', 'b=2'] }).end('done');
      });
    });
    const body = new TextEncoder().encode('content');
    const headers = { 'content-type': 'text/x', authorization: 'Bearer t' };
    const { status, headers: answered, body: reply } = await client().http(get(url, { method: 'PUT', headers, body }));
    expect(status).toBe(201);
    expect(answered.get('x-name')).toBe('value');
    expect(answered.get('set-cookie')).toBe('a=1, b=2');
    expect(new TextDecoder().decode(reply)).toBe('done');
    expect(seen).toEqual([
      {
        ...{ method: 'PUT', url: '/path?query=1', body: 'content' },
        headers: {
          ...{ host: url.host, connection: 'keep-alive', 'content-length': '7', ...headers },
          ...{ 'user-agent': 'notary-actions/test', 'accept-encoding': 'identity' },
        },
      },
    ]);
  });

  it('keeps connections', async () => {
    const { url, sockets } = await serve((_request, response) => response.end('x'));
    const { http } = client();
    for (let i = 0; i < 3; i++) await http(get(url));
    expect(sockets.size).toBe(1);
  });

  it('follows no redirect', async () => {
    const { url } = await serve((_request, response) => response.writeHead(302, { location: '/elsewhere' }).end());
    const { status, headers } = await client().http(get(url));
    expect([status, headers.get('location')]).toEqual([302, '/elsewhere']);
  });

  it('decodes no content', async () => {
    const { url } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip');
    });
    expect(new TextDecoder().decode((await client().http(get(url))).body)).toBe('not gzip');
  });

  it('answers HEAD with the length of what it does not send', async () => {
    const { url } = await serve((_request, response) => response.writeHead(200, { 'content-length': 99_999 }).end());
    const { headers, body } = await client().http(get(url, { method: 'HEAD' }));
    expect([headers.get('content-length'), body.length]).toEqual(['99999', 0]);
  });

  it.each(['announced', 'not announced'])('takes a body of the limit and no byte more, %s', async (length) => {
    const { url } = await serve((request, response) => {
      const size = Number(request.headers['x-size']);
      if (length === 'announced') response.setHeader('content-length', size);
      response.write('x'.repeat(10));
      setImmediate(() => response.end('x'.repeat(size - 10)));
    });
    const { http } = client();
    expect((await http(get(url, { headers: { 'x-size': '1000' } }))).body).toHaveLength(1000);
    const error = await failing(http(get(url, { headers: { 'x-size': '1001' } })));
    expect(error.code).toBe('RESPONSE_TOO_LARGE');
    expect(error.message).toBe(`GET ${url.origin}/path: answer over 1000 bytes`);
  });

  it('stops reading a body without end', async () => {
    let written = 0;
    const { url } = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) written += 10_000;
      };
      response.on('drain', more);
      more();
    });
    expect((await failing(client().http(get(url)))).code).toBe('RESPONSE_TOO_LARGE');
    expect(written).toBeLessThan(10_000_000);
  });

  it('limits the time of the whole exchange, however slowly bytes come', async () => {
    const { url } = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => {
        clearInterval(timer);
      });
    });
    const error = await failing(client().http(get(url, { timeoutMs: 200 })));
    expect(error).toMatchObject({ code: 'NETWORK_UNREACHABLE' });
    expect(error.message).toBe(`GET ${url.origin}/path: no complete answer within 200 ms`);
  });

  it('limits the time to the first byte', async () => {
    const { url } = await serve(() => undefined);
    expect((await failing(client().http(get(url, { timeoutMs: 100 })))).message).toContain('within 100 ms');
  });

  it('ends what is in flight with the time of the step', async () => {
    const { url } = await serve(() => {
      controller.abort();
    });
    const controller = new AbortController();
    const { http } = client({}, controller.signal);
    expect((await failing(http(get(url)))).code).toBe('STEP_TIMED_OUT');
    expect((await failing(http(get(url)))).code).toBe('STEP_TIMED_OUT');
  });

  it.each<[string, (socket: Socket) => void]>([
    ['closes at once', (socket) => socket.destroy()],
    ['speaks something else', (socket) => socket.end('220 mail.example ESMTP\r\n')],
    ['ends inside the headers', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le')],
    ['ends inside the body', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')],
    ['sends endless headers', (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`)],
    [
      'sends two lengths',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'),
    ],
  ])('calls a server that %s unreachable', async (_what, act) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        act(socket);
      });
    });
    const port = await listening(server);
    open.push(() => new Promise((resolve) => server.close(resolve)));
    const error = await failing(client().http(get(new URL(`http://127.0.0.1:${port}/a?secret=1`))));
    expect(error.code).toBe('NETWORK_UNREACHABLE');
    expect(error.message.startsWith(`GET http://127.0.0.1:${port}/a: `)).toBe(true);
    expect(error.message).not.toContain('secret');
  });

  it.each(['http://127.0.0.1:1/', 'http://does-not-exist.invalid/', 'https://[::1]:1/'])(
    'says what it could not reach: %s',
    async (address) => {
      const error = await failing(client().http(get(new URL(address))));
      expect(error.code).toBe('NETWORK_UNREACHABLE');
      expect(error.message).toMatch(/\((E[A-Z_]+)\)$/);
    },
  );

  it.each(['ftp://host.example/x', 'file:///etc/passwd', 'ldap://host.example/'])(
    'does not speak %s',
    async (address) => {
      expect((await failing(client().http(get(new URL(address))))).code).toBe('NETWORK_UNREACHABLE');
    },
  );

  it('lets a defect of the caller through', async () => {
    const { url } = await serve((_request, response) => response.end());
    await expect(client().http(get(url, { headers: { x: 'a\r\nb: c' } }))).rejects.not.toBeInstanceOf(NotaryError);
  });
});

describe('createHttp behind a proxy', () => {
  async function proxy() {
    const seen: string[] = [];
    const { url } = await serve((request, response) => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.end('from the proxy');
    });
    return { seen, address: url.origin };
  }

  it.each(['HTTP_PROXY', 'http_proxy'])('asks for plain addresses whole, as %s says', async (name) => {
    const { seen, address } = await proxy();
    const { body } = await client({ [name]: address }).http(get(new URL('http://ocsp.example/ocsp?a=b')));
    expect(new TextDecoder().decode(body)).toBe('from the proxy');
    expect(seen).toEqual(['GET http://ocsp.example/ocsp?a=b']);
  });

  it('opens a tunnel for https', async () => {
    const server = createServer();
    const seen: string[] = [];
    server.on('connect', (request, socket) => {
      seen.push(`CONNECT ${request.url ?? ''}`);
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    });
    const port = await listening(server);
    open.push(() => new Promise((resolve) => server.close(resolve)));
    const { http } = client({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    expect((await failing(http(get(new URL('https://registry.example/v2/'))))).code).toBe('NETWORK_UNREACHABLE');
    expect(seen).toEqual(['CONNECT registry.example:443']);
  });

  it('leaves alone what NO_PROXY names', async () => {
    const { seen, address } = await proxy();
    const { url } = await serve((_request, response) => response.end('direct'));
    const { body } = await client({ HTTP_PROXY: address, NO_PROXY: '127.0.0.1' }).http(get(url));
    expect(new TextDecoder().decode(body)).toBe('direct');
    expect(seen).toEqual([]);
  });

  it('reads the environment that it is given, and no other', async () => {
    const before = process.env.HTTP_PROXY;
    process.env.HTTP_PROXY = 'http://127.0.0.1:1';
    try {
      const { url } = await serve((_request, response) => response.end('direct'));
      expect((await client().http(get(url))).status).toBe(200);
    } finally {
      if (before === undefined) delete process.env.HTTP_PROXY;
      else process.env.HTTP_PROXY = before;
    }
  });
});
