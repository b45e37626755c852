// The parties that all cases share: signers of every key under one root, a timestamp authority, and a server whose
// addresses stand in certificates.

import { createRoot, encodePem, issue, purpose } from '../support/ca.ts';
import type { CertificateOptions, Issued } from '../support/ca.ts';
import { startLoopbackServer } from '../support/loopback-server.ts';
import type { LoopbackServer } from '../support/loopback-server.ts';
import { makeToken, messageImprint } from '../support/tsa-token.ts';
import type { TokenOptions } from '../support/tsa-token.ts';
import type { TsaHash } from '../support/tsa-hash.ts';
import type { Trust } from './case.ts';
import { moment } from './content.ts';

export const keySpecs = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'EC-256', 'EC-384', 'EC-521'] as const;
export type KeySpec = (typeof keySpecs)[number];

export const formats = ['cose', 'jws'] as const;
export type Format = (typeof formats)[number];

/** Path on the revocation server to what it answers: a status, or a body with status 200. */
export type Answers = Map<string, number | Uint8Array | 'hang'>;

export interface World {
  readonly root: Issued;
  readonly issuing: Issued;
  readonly signers: Readonly<Record<KeySpec, Issued>>;
  readonly tsaRoot: Issued;
  readonly tsa: Issued;
  /** Trusts the root, and nobody for timestamps. */
  readonly trust: Trust;
  /** Trusts the timestamp authority too, and asks for a timestamp always. */
  readonly timestampTrust: Trust;
  readonly server: LoopbackServer;
  readonly answers: Answers;
  issue(options?: Partial<CertificateOptions>): Promise<Issued>;
}

export const leafSubject = 'C=US, ST=WA, L=Seattle, O=Acme, OU=Signing, CN=signer';
export const identity = 'x509.subject: C=US, ST=WA, O=Acme';

/** Of one server under the certificates of all chains. */
async function startServer(answers: Answers): Promise<LoopbackServer> {
  const server = await startLoopbackServer(({ url }) => {
    const key = [...answers.keys()].find((path) => url.pathname === path || url.pathname.startsWith(`${path}/`));
    const answer = key === undefined ? 404 : answers.get(key)!;
    if (typeof answer === 'number')
      return { status: answer, headers: answer === 302 ? { location: '/elsewhere' } : {} };
    return { status: 200, body: answer };
  });
  server.setFault(({ url }) =>
    answers.get(url.pathname.split('/').slice(0, 3).join('/')) === 'hang' ? 'hang' : undefined,
  );
  return server;
}

export async function createWorld(): Promise<World & { close(): Promise<void> }> {
  const answers: Answers = new Map();
  const server = await startServer(answers);
  const root = await createRoot({ subject: 'C=US, ST=WA, O=Acme, CN=Acme Root' });
  const issuing = await issue(root, { subject: 'C=US, O=Acme, CN=Acme Issuing', ca: true, pathLength: 0 });
  const leaf = { subject: leafSubject, extendedKeyUsage: { purposes: [purpose.codeSigning] } };
  const pairs = await Promise.all(
    keySpecs.map(async (keySpec) => [keySpec, await issue(issuing, { ...leaf, keySpec })] as const),
  );
  const tsaRoot = await createRoot({ subject: 'C=US, O=Acme, CN=Acme Timestamp Root' });
  const tsa = await issue(tsaRoot, {
    subject: 'C=US, O=Acme, CN=Acme Timestamp Authority',
    keySpec: 'RSA-2048',
    extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true },
  });
  return {
    ...{ root, issuing, tsaRoot, tsa, server, answers },
    signers: Object.fromEntries(pairs) as Record<KeySpec, Issued>,
    trust: trustOf({ ca: [root], signingAuthority: [root] }),
    timestampTrust: trustOf({ ca: [root], tsa: [tsaRoot] }),
    issue: (options = {}) => issue(issuing, { ...leaf, ...options }),
    close: () => server.close(),
  };
}

export interface Statement {
  readonly name?: string;
  readonly registryScopes?: readonly string[];
  readonly level?: string;
  readonly override?: Readonly<Record<string, string>>;
  readonly verifyTimestamp?: string;
  readonly trustStores?: readonly string[];
  readonly trustedIdentities?: readonly string[];
}

export function statementOf(statement: Statement): Readonly<Record<string, unknown>> {
  const { level = 'strict', override, verifyTimestamp } = statement;
  return {
    name: statement.name ?? 'acme',
    registryScopes: statement.registryScopes ?? ['*'],
    signatureVerification: { level, ...(override && { override }), ...(verifyTimestamp && { verifyTimestamp }) },
    ...(level === 'skip' && statement.trustStores === undefined
      ? {}
      : {
          trustStores: statement.trustStores ?? ['ca:acme'],
          trustedIdentities: statement.trustedIdentities ?? [identity],
        }),
  };
}

export function policyOf(...statements: readonly Statement[]): string {
  return JSON.stringify({ version: '1.0', trustPolicies: statements.map(statementOf) });
}

type Anchors = Partial<Record<'ca' | 'tsa' | 'signingAuthority', readonly Pick<Issued, 'certificate'>[]>>;

/** Each kind with anchors is the store "acme" of its type. */
export function trustOf(anchors: Anchors, statement: Statement = {}): Trust {
  const kinds = Object.entries(anchors);
  const files = kinds.flatMap(([type, list]) =>
    list.map(({ certificate }, index) => [`x509/${type}/acme/${index}.pem`, encodePem(certificate)] as const),
  );
  const trustStores = kinds.map(([type]) => `${type}:acme`);
  return { policy: policyOf({ trustStores, ...statement }), stores: Object.fromEntries(files) };
}

/** Makes the token over a signature, now, as the good authority does but for the changes. */
export function stamp(
  { tsa }: Pick<World, 'tsa'>,
  { hash = 'sha256', ...changes }: Partial<TokenOptions> & { readonly hash?: TsaHash } = {},
): (signature: Uint8Array) => Uint8Array {
  return (signature) =>
    makeToken({ chain: tsa, at: moment(-60_000), messageImprint: messageImprint(hash, signature), ...changes });
}
