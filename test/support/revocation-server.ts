// OCSP, CRLs and issuer certificates over loopback HTTP, for whole chains. The addresses are known before the CA is, so
// that certificates can carry them. RFC 6960 appendix A, RFC 5280 §4.2.1.13, §4.2.2.1.

import { Buffer } from 'node:buffer';

import type { Issued } from './ca.ts';
import { crl } from './crl.ts';
import type { CrlEntry } from './crl.ts';
import { startLoopbackServer } from './loopback-server.ts';
import type { Fault, Received, Reply } from './loopback-server.ts';
import { ocspError, ocspResponse, parseOcspRequest } from './ocsp.ts';
import type { OcspError } from './ocsp.ts';

export type TestStatus =
  | 'good'
  /** To OCSP; a CRL then says nothing of it, which means good. */
  | 'unknown'
  | { readonly revokedAt: Date; readonly reason?: number; readonly invalidityDate?: Date };

export interface AuthorityOptions {
  /** In the paths; default "ca". */
  readonly name?: string;
  /** Signs OCSP answers in place of the CA, which must have issued it. */
  readonly responder?: Issued;
  /** Default one hour, counted from the clock. A negative time makes stale answers. */
  readonly lifetimeMs?: number;
  /** Every OCSP answer is this error. */
  readonly ocspError?: OcspError;
  /** Statuses set later stand in a delta CRL only. */
  readonly delta?: boolean;
}

export interface AuthorityUrls {
  readonly ocspUrl: string;
  readonly crlUrl: string;
  readonly caIssuersUrl: string;
}

export interface RevocationServer {
  /** "http://127.0.0.1:PORT" */
  readonly url: string;
  /** For the certificates under the CA of this name; the CA need not exist yet. */
  urls(name?: string): AuthorityUrls;
  /** Begins, or changes, what the server answers for a CA. */
  add(issuer: Issued, options?: AuthorityOptions): void;
  setStatus(serial: bigint, status: TestStatus): void;
  /** Every certificate is good again. */
  clear(): void;
  setFault(fault: Fault | undefined): void;
  readonly requests: readonly Received[];
  close(): Promise<void>;
}

interface Authority {
  readonly issuer: Issued;
  readonly options: AuthorityOptions;
  readonly baseEntries: readonly CrlEntry[];
}

interface State {
  readonly authorities: Map<string, Authority>;
  readonly statuses: Map<bigint, TestStatus>;
  readonly clock: () => Date;
  urls(name?: string): AuthorityUrls;
}

/** @param clock  thisUpdate and nextUpdate of the answers are counted from it */
export async function startRevocationServer(
  options: { readonly port?: number; readonly clock?: () => Date } = {},
): Promise<RevocationServer> {
  const { clock = () => new Date(), ...where } = options;
  const urls = (name = 'ca'): AuthorityUrls => ({
    ocspUrl: `${server.origin}/ocsp/${name}`,
    crlUrl: `${server.origin}/crl/${name}.crl`,
    caIssuersUrl: `${server.origin}/certs/${name}.crt`,
  });
  const state: State = { authorities: new Map(), statuses: new Map(), clock, urls };
  const server = await startLoopbackServer((request) => answer(state, request), where);
  return {
    ...{ url: server.origin, urls, requests: server.requests },
    add: (issuer, options = {}) => {
      state.authorities.set(options.name ?? 'ca', { issuer, options, baseEntries: entriesOf(state) });
    },
    clear: () => {
      state.statuses.clear();
    },
    setStatus: (serial, status) => void state.statuses.set(serial, status),
    setFault: (fault) => {
      server.setFault(fault);
    },
    close: () => server.close(),
  };
}

const notFound: Reply = { status: 404, body: 'no such authority' };

function answer(state: State, { method, url, body }: Received): Reply {
  const [kind, file = '', ...rest] = url.pathname.slice(1).split('/');
  const authority = state.authorities.get(file.replace(/(-delta)?\.(crl|crt)$/u, ''));
  if (authority === undefined) return notFound;
  if (kind === 'ocsp' && method === 'POST') return answerOcsp(state, authority, body);
  if (method !== 'GET') return { status: 405 };
  if (kind === 'ocsp') {
    return answerOcsp(state, authority, Buffer.from(decodeURIComponent(rest.join('/')), 'base64'));
  }
  if (kind === 'crl') return answerCrl(state, authority, file.endsWith('-delta.crl'));
  if (kind === 'certs') return reply('application/pkix-cert', authority.issuer.certificate);
  return notFound;
}

function answerOcsp(state: State, { issuer, options }: Authority, body: Uint8Array): Reply {
  if (options.ocspError) return reply('application/ocsp-response', ocspError(options.ocspError));
  const { serial } = parseOcspRequest(body);
  const status = state.statuses.get(serial) ?? 'good';
  const invalidityDate = typeof status === 'object' ? status.invalidityDate : undefined;
  const single = { serial, status, ...period(state, options), ...(invalidityDate && { invalidityDate }) };
  const responder = options.responder && { responder: options.responder };
  return reply('application/ocsp-response', ocspResponse({ issuer, singles: [single], ...responder }));
}

function answerCrl(state: State, { issuer, options, baseEntries }: Authority, isDelta: boolean): Reply {
  const shared = { issuer, ...period(state, options) };
  if (options.delta !== true) {
    return isDelta
      ? notFound
      : reply('application/pkix-crl', crl({ ...shared, entries: entriesOf(state), number: 1n }));
  }
  const freshest = [state.urls(`${options.name ?? 'ca'}-delta`).crlUrl];
  const bytes = isDelta
    ? crl({ ...shared, entries: entriesOf(state), number: 2n, deltaBase: 1n })
    : crl({ ...shared, entries: baseEntries, number: 1n, freshest });
  return reply('application/pkix-crl', bytes);
}

function entriesOf({ statuses }: State): CrlEntry[] {
  return [...statuses].flatMap(([serial, status]) => (typeof status === 'object' ? [{ serial, ...status }] : []));
}

function period(
  { clock }: State,
  { lifetimeMs = 3_600_000 }: AuthorityOptions,
): { thisUpdate: Date; nextUpdate: Date } {
  const now = clock().getTime();
  // Times have whole seconds in DER; a minute of back-dating is what real responders do.
  return { thisUpdate: new Date(now - 60_000 + Math.min(0, lifetimeMs)), nextUpdate: new Date(now + lifetimeMs) };
}

function reply(type: string, body: Uint8Array): Reply {
  return { status: 200, headers: { 'content-type': type }, body };
}
