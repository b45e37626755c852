// The data plane of Azure Artifact Signing in its two dialects, as recorded from the service: submit, poll, root,
// chain and EKU. azure-rest-api-specs, Microsoft.CodeSigning data plane.

import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Issued } from './ca.ts';
import { bagEncodings, encodeBag } from './certificate-bag.ts';
import type { Claims } from './jwt.ts';
import { json, startLoopbackServer } from './loopback-server.ts';
import type { LoopbackOptions, LoopbackServer, Received, Reply } from './loopback-server.ts';
import { signHashPkcs1, signHashPss } from './rsa-signature.ts';

export type DialectName = 'preview' | 'stable';

/** What the service does; a test changes one member at a time. */
export interface ArtifactSigningBehaviour {
  readonly dialects: readonly DialectName[];
  /** Polls that answer "not yet". */
  readonly pendingPolls: number;
  readonly pendingStatus: string;
  readonly retryAfter: string;
  /** 'at once' answers the submit with 200 and the result. */
  readonly completion: 'polled' | 'at once';
  readonly operationLocation: (own: string) => string | undefined;
  /** Of the 202. */
  readonly submitBody: 'full' | 'empty';
  /** The end of an operation; members of `result` and of the outer object. */
  readonly end: (result: SigningResult) => Readonly<Record<string, unknown>>;
  readonly certificates: (issued: Issued) => readonly Uint8Array[];
  readonly encode: (certificates: readonly Uint8Array[]) => string;
  readonly sign: (algorithm: string, digest: Uint8Array, key: KeyObject) => Uint8Array;
}

export interface SigningResult {
  readonly status: string;
  readonly signature: string | null;
  readonly signingCertificate: string | null;
}

export const usualBehaviour: ArtifactSigningBehaviour = {
  dialects: ['preview', 'stable'],
  pendingPolls: 2,
  pendingStatus: 'InProgress',
  retryAfter: '1',
  completion: 'polled',
  operationLocation: (own) => own,
  submitBody: 'full',
  end: (result) => ({ ...result }),
  certificates: (issued) => issued.chain,
  encode: bagEncodings.wire,
  sign: signWith,
};

export interface ArtifactSigningOptions extends LoopbackOptions {
  readonly account?: string;
  readonly profile?: string;
  /** The certificate of the day. */
  readonly signer: () => Issued;
  /** The EKU list of the profile. */
  readonly ekus?: readonly string[];
  readonly readToken: (token: string, audience: string) => Claims | undefined;
  /** Whether the identity has the role of a signer. */
  readonly mayUse?: (claims: Claims) => boolean;
  readonly behaviour?: Partial<ArtifactSigningBehaviour>;
}

export interface ArtifactSigning extends LoopbackServer {
  readonly account: string;
  readonly profile: string;
  /** From the next request on; what is not named is as usual. */
  behave(behaviour: Partial<ArtifactSigningBehaviour>): void;
}

const versions: ReadonlyMap<string, DialectName> = new Map([
  ['2022-06-15-preview', 'preview'],
  ['2023-06-15-preview', 'stable'],
  ['2024-06-15', 'stable'],
]);

const hashes: Readonly<Record<string, readonly [hash: string, length: number]>> = {
  ...{ PS256: ['sha256', 32], PS384: ['sha384', 48], PS512: ['sha512', 64] },
  ...{ RS256: ['sha256', 32], RS384: ['sha384', 48], RS512: ['sha512', 64] },
};

export function signWith(algorithm: string, digest: Uint8Array, key: KeyObject): Uint8Array {
  const [hash] = hashes[algorithm] ?? ['sha384'];
  return algorithm.startsWith('PS') ? signHashPss(hash, digest, key) : signHashPkcs1(hash, digest, key);
}

interface Operation {
  left: number;
  readonly result: SigningResult;
}

export async function startArtifactSigning(options: ArtifactSigningOptions): Promise<ArtifactSigning> {
  const { account = 'emulated-account', profile = 'emulated-profile' } = options;
  const operations = new Map<string, Operation>();
  let behaviour: ArtifactSigningBehaviour = { ...usualBehaviour, ...options.behaviour };
  const path = new RegExp(`^/codesigningaccounts/${account}/certificateprofiles/${profile}([:/].*)$`, 'i');

  const submit = (request: Received, dialect: DialectName): Reply => {
    const { signatureAlgorithm, digest } = JSON.parse(request.body.toString()) as Record<string, string | undefined>;
    const bytes = Buffer.from(digest ?? '', 'base64');
    if (hashes[signatureAlgorithm ?? '']?.[1] !== bytes.length) {
      const errors = { digest: ['The length of the digest does not fit the signature algorithm.'] };
      return json(400, { title: 'One or more validation errors occurred.', status: 400, errors });
    }
    const issued = options.signer();
    const operationId = randomUUID();
    const result: SigningResult = {
      status: 'Succeeded',
      signature: Buffer.from(behaviour.sign(signatureAlgorithm ?? '', bytes, issued.privateKey)).toString('base64'),
      signingCertificate: behaviour.encode(behaviour.certificates(issued)),
    };
    operations.set(operationId, { left: behaviour.pendingPolls, result });
    if (behaviour.completion === 'at once') return finished(operationId, result, dialect);
    const base = request.url.pathname.replace(/(?::|\/)sign$/u, '');
    const location = behaviour.operationLocation(
      `${request.url.origin}${base}/sign/${operationId}${request.url.search}`,
    );
    const header = dialect === 'stable' ? 'operation-location' : 'azure-asyncoperation';
    const reply = json(202, body(operationId, pending(), dialect), {
      'retry-after': behaviour.retryAfter,
      ...(location !== undefined && { [header]: location }),
    });
    return behaviour.submitBody === 'full' ? reply : { ...reply, body: '' };
  };
  const pending = (): SigningResult => ({ status: behaviour.pendingStatus, signature: null, signingCertificate: null });
  const finished = (id: string, result: SigningResult, dialect: DialectName): Reply =>
    json(200, body(id, behaviour.end(result), dialect), { 'retry-after': behaviour.retryAfter });
  const poll = (operationId: string, dialect: DialectName): Reply => {
    const operation = operations.get(operationId);
    if (operation === undefined) return notFound();
    operation.left -= 1;
    if (operation.left < 0) return finished(operationId, operation.result, dialect);
    return json(200, body(operationId, pending(), dialect), { 'retry-after': behaviour.retryAfter });
  };

  const server = await startLoopbackServer((request) => {
    const { method, url } = request;
    const dialect = versions.get(url.searchParams.get('api-version') ?? '');
    const what = path.exec(url.pathname)?.[1];
    const denied = judgeToken(request, options);
    if (denied !== undefined) return withServiceHeaders(denied);
    if (dialect === undefined || !behaviour.dialects.includes(dialect)) return withServiceHeaders(unknownVersion(url));
    if (what === undefined) return withServiceHeaders(notFound());
    const route = `${method} ${what}`;
    if (route === `POST ${dialect === 'stable' ? ':sign' : '/sign'}`)
      return withServiceHeaders(submit(request, dialect));
    const issued = options.signer();
    switch (route) {
      case 'GET /sign/rootcert':
        return withServiceHeaders({
          status: 200,
          headers: {
            'content-type': 'application/x-x509-ca-cert',
            'content-disposition': "attachment; filename=Root.cer; filename*=UTF-8''Root.cer",
          },
          body: issued.chain.at(-1) ?? '',
        });
      case 'GET /sign/certchain':
        return withServiceHeaders({
          status: 200,
          headers: { 'content-type': 'application/pkcs7-mime' },
          body: encodeBag(issued.chain),
        });
      case 'GET /sign/eku':
        return withServiceHeaders(json(200, ekuList(options.ekus ?? [], dialect)));
      default:
        return withServiceHeaders(
          method === 'GET' && what.startsWith('/sign/') ? poll(what.slice(6), dialect) : { status: 404 },
        );
    }
  }, options);
  return {
    ...{ ...server, account, profile },
    behave: (changes) => (behaviour = { ...usualBehaviour, ...options.behaviour, ...changes }),
  };
}

function judgeToken(request: Received, { readToken, mayUse = () => true }: ArtifactSigningOptions): Reply | undefined {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ');
  const claims = scheme === 'Bearer' ? readToken(token ?? '', 'https://codesigning.azure.net') : undefined;
  if (claims === undefined) return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
  return mayUse(claims) ? undefined : { status: 403 };
}

/** Flat in the older dialect; the later one nests, and says errors under a name of its own. */
function body(
  operationId: string,
  end: Readonly<Record<string, unknown>> | SigningResult,
  dialect: DialectName,
): unknown {
  if (dialect === 'preview') return { operationId, ...end };
  const { errorResponse = null, error, ...result } = end as Readonly<Record<string, unknown>>;
  const outer = { id: operationId, status: result.status, result: { operationId, ...result }, errorResponse };
  return error === undefined ? outer : { ...outer, error };
}

function unknownVersion(url: URL): Reply {
  const version = url.searchParams.get('api-version') ?? '';
  const message = `The HTTP resource that matches the request URI '${url.href}' does not support the API version '${version}'.`;
  return json(400, { error: { code: 'UnsupportedApiVersion', message, innerError: null } });
}

function notFound(): Reply {
  const message = 'Response status code does not indicate success: 403 (Forbidden).';
  return json(404, { errorDetail: { code: 'NotFound', message, target: null } });
}

function ekuList(ekus: readonly string[], dialect: DialectName): unknown {
  return dialect === 'preview' ? ekus : { value: ekus.map((eku) => ({ eku })), nextLink: null };
}

function withServiceHeaders(reply: Reply): Reply {
  const headers = {
    'api-supported-versions': [...versions.keys()].join(', '),
    'mise-correlation-id': randomUUID(),
    'x-azure-ref': `${randomUUID()}-emulated`,
    'strict-transport-security': 'max-age=2592000',
    'x-cache': 'CONFIG_NOCACHE',
  };
  return { ...reply, headers: { ...headers, ...reply.headers } };
}
