// What a row of the failure table says: how a mode is brought about, how often the failing end is asked, how it ends, and
// what the user reads.

import type { ErrorCode } from '../../../shared/errors.ts';
import type { Fault, Received, Reply } from '../../support/loopback-server.ts';
import type { Inputs, Service } from './run.ts';
import type { FailureWorld } from './world.ts';

export interface Mode {
  /** As azure.md 8.3 has it. */
  readonly name: string;
  /** Where one name of the list stands for several. */
  readonly variant?: string;
  /** It is the verifier who meets it: the image is signed before. */
  readonly verifies?: boolean;
  /** What the emulators do, and inputs besides the usual ones. */
  readonly inject: (world: FailureWorld) => Inputs | Promise<Inputs>;
  readonly attempts: readonly [at: Endpoint, count: number];
  /** What the clock is asked for, all of it; unless given, at most the first look at the operation. */
  readonly waits?: readonly (number | Span)[];
  readonly ends: 'signed' | 'verified' | ErrorCode;
  /** Words of the message, the remedy or the log without which the user would be at a loss. */
  readonly says?: readonly string[];
  /** Signatures that the registry lists afterwards; unless given, one where it was signed, else none. */
  readonly lists?: number;
}

/** A wait that depends on how long something took: at least, at most. */
export type Span = readonly [leastMs: number, mostMs: number];

/** The first look at an operation comes after 200 ms. */
export const firstLook = [200];
/** Backoff with the jitter of this world, which is a half. */
export const backoff = [100, 200, 400];

/** Where something is asked for. */
interface Place {
  readonly service: Service;
  readonly method: string;
  readonly path: RegExp;
  /** Stands in the body. */
  readonly body?: string;
}

const place = (service: Service, method: string, path: RegExp, body?: string): Place => ({
  ...{ service, method, path },
  ...(body !== undefined && { body }),
});

export const endpoints = {
  'GitHub OIDC': place('oidc', 'GET', /^\/oidc\/token$/),
  Entra: place('entra', 'POST', /\/oauth2\/v2\.0\/token$/),
  'Entra discovery': place('entra', 'GET', /\/openid-configuration$/),
  'Entra, signing': place('entra', 'POST', /\/oauth2\/v2\.0\/token$/, 'codesigning'),
  submit: place('artifactSigning', 'POST', /[:/]sign$/),
  poll: place('artifactSigning', 'GET', /\/sign\/[0-9a-f]{8}-[0-9a-f-]{27}$/),
  'root certificate': place('artifactSigning', 'GET', /\/rootcert$/),
  timestamp: place('tsa', 'POST', /./),
  exchange: place('registry', 'POST', /^\/oauth2\/exchange$/),
  'registry token': place('registry', 'POST', /^\/oauth2\/token$/),
  'subject HEAD': place('registry', 'HEAD', /\/manifests\/sha256:/),
  'upload POST': place('registry', 'POST', /\/blobs\/uploads\/$/),
  'upload PUT': place('registry', 'PUT', /\/blobs\/uploads\/./),
  'manifest PUT': place('registry', 'PUT', /\/manifests\/sha256:/),
  'tag PUT': place('registry', 'PUT', /\/manifests\/sha256-/),
  referrers: place('registry', 'GET', /\/referrers\//),
  'storage GET': place('storage', 'GET', /\/blobs\/sha256:/),
  'blob GET': place('registry', 'GET', /\/blobs\/sha256:/),
  'vault certificate': place('vault', 'GET', /^\/certificates\//),
  'vault secret': place('vault', 'GET', /^\/secrets\//),
  'vault sign': place('vault', 'POST', /\/sign$/),
  'OCSP of the leaf': place('revocation', 'GET', /^\/ocsp\/issuing\//),
  'CRL of the leaf': place('revocation', 'GET', /^\/crl\/issuing\.crl$/),
  'CRL of the authority': place('revocation', 'GET', /^\/crl\/timestampingCa(-delta)?\.crl$/),
} as const satisfies Readonly<Record<string, Place>>;

export type Endpoint = keyof typeof endpoints;

export function isAt(endpoint: Endpoint, { method, url, body }: Pick<Received, 'method' | 'url' | 'body'>): boolean {
  const wanted: Place = endpoints[endpoint];
  const says = wanted.body === undefined || body.toString('latin1').includes(wanted.body);
  return method === wanted.method && wanted.path.test(url.pathname) && says;
}

export type Answer = ReturnType<Fault>;

/** The answers to the first requests at one end; the emulator answers the others. */
export function first(endpoint: Endpoint, ...answers: readonly Answer[]): Fault {
  const left = [...answers];
  return (request) => (isAt(endpoint, request) ? left.shift() : undefined);
}

/** The same answer to everybody who asks at one end. */
export function always(endpoint: Endpoint, answer: Answer): Fault {
  return (request) => (isAt(endpoint, request) ? answer : undefined);
}

/** To inject: the same answer to everybody who asks at one end. */
export const answering = (endpoint: Endpoint, answer: Answer) => (world: FailureWorld) => {
  world.servers[endpoints[endpoint].service].setFault(always(endpoint, answer));
  return {};
};

/** To inject: the answers to the first requests at one end. */
export const answeringFirst =
  (endpoint: Endpoint, ...answers: readonly Answer[]) =>
  (world: FailureWorld) => {
    world.servers[endpoints[endpoint].service].setFault(first(endpoint, ...answers));
    return {};
  };

export function plain(status: number, body = '', headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body, headers };
}

export const html = (status: number): Reply =>
  plain(status, '<html><h1>Bad gateway</h1></html>', { 'content-type': 'text/html' });
