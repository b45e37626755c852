// A publisher, a timestamp authority and their OCSP responders, all in memory: what the verifier meets.

import { Buffer } from 'node:buffer';

import { envelopeFormats } from '../../../shared/envelope/formats.ts';
import type { SignedAttributes } from '../../../shared/envelope/envelope.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { digestOf } from '../../../shared/oci/descriptor.ts';
import type { Descriptor } from '../../../shared/oci/descriptor.ts';
import type { StoredSignature } from '../../../shared/oci/signatures.ts';
import type { Http } from '../../../shared/ports.ts';
import { RevocationChecker } from '../../../shared/revocation/revocation.ts';
import { parseTrustedIdentities } from '../../../shared/trust/identity.ts';
import { levelOf, overrideLevel } from '../../../shared/trust/level.ts';
import type { LevelName } from '../../../shared/trust/level.ts';
import type { TrustPolicyStatement } from '../../../shared/trust/policy.ts';
import { parseStoreName } from '../../../shared/trust/store.ts';
import type { TrustStores } from '../../../shared/trust/store.ts';
import { parseCertificate } from '../../../shared/x509/certificate.ts';
import type { VerifierServices } from '../../../verify/verifier.ts';
import { createRoot, issue, purpose } from '../../support/ca.ts';
import type { CertificateOptions, Issued } from '../../support/ca.ts';
import { ocspResponse, parseOcspRequest, serialOf } from '../../support/ocsp.ts';
import type { OcspSingle } from '../../support/ocsp.ts';
import { makeToken, messageImprint } from '../../support/tsa-token.ts';
import { signedParts } from '../envelope/signed.ts';

export const at = new Date('2025-01-01T00:00:00Z');
export const signingTime = new Date('2024-12-31T12:00:00Z');
export const yearLater = new Date('2026-01-01T00:00:00Z');

const source = { code: 'POLICY_INVALID', what: 'policy' } as const;

export const subject: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(new TextEncoder().encode('an image')),
  size: 8,
};

/** A root, a CA and who works with a certificate of theirs. */
export interface Party {
  readonly root: Issued;
  readonly ca: Issued;
  readonly leaf: Issued;
}

export async function createPublisher(leaf: Partial<CertificateOptions> = {}, name = 'publisher'): Promise<Party> {
  return createParty(name, { extendedKeyUsage: { purposes: [purpose.codeSigning] }, ...leaf });
}

export async function createAuthority(leaf: Partial<CertificateOptions> = {}, name = 'authority'): Promise<Party> {
  return createParty(name, { extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true }, ...leaf });
}

async function createParty(name: string, options: Partial<CertificateOptions>): Promise<Party> {
  const root = await createRoot({ subject: `C=US, O=Acme, CN=${name} root` });
  const ca = await issue(root, { subject: `C=US, O=Acme, CN=${name} CA`, ca: true, pathLength: 0 });
  const subjectName = `C=US, ST=WA, O=Acme, CN=${name}`;
  return { root, ca, leaf: await issue(ca, { subject: subjectName, ocspUrl: `http://ocsp.${name}.test`, ...options }) };
}

export interface SignOptions {
  readonly format?: 'cose' | 'jws';
  readonly target?: Descriptor;
  readonly attributes?: Partial<SignedAttributes>;
  /** When the timestamp was made, or none, or bytes in its place; default at the signing time. */
  readonly timestamp?: Date | 'absent' | Uint8Array;
  /** What the timestamp token brings along; default leaf and CA, without the root. */
  readonly tokenCertificates?: readonly Uint8Array[];
}

export function sign(publisher: Party, authority: Party, options: SignOptions = {}): StoredSignature {
  const format = envelopeFormats[options.format ?? 'cose'];
  const signed = signedParts(format, publisher.leaf, 'EC-256', {
    attributes: { signingTime, ...options.attributes },
    payload: format.payload(options.target ?? subject),
  });
  const { timestamp = signingTime } = options;
  const token = timestamp instanceof Date ? stamp(authority, signed.signature, timestamp, options) : timestamp;
  const parts = token === 'absent' ? signed : { ...signed, timestampSignature: token };
  return { mediaType: format.mediaType, envelope: format.encode(parts) };
}

export function stamp(authority: Party, signature: Uint8Array, time: Date, options: SignOptions = {}): Uint8Array {
  const { tokenCertificates: certificates } = options;
  const imprint = messageImprint('sha256', signature);
  return makeToken({
    ...{ chain: authority.leaf, at: time, messageImprint: imprint },
    ...(certificates && { certificates }),
  });
}

type Status = OcspSingle['status'] | 'unreachable';

export interface Responders {
  readonly http: Http;
  /** Every URL asked, in order. */
  readonly asked: readonly string[];
  /** Of the leaf; good unless set. */
  setStatus(party: Party, status: Status, invalidityDate?: Date): void;
}

/** OCSP for the leaf of each party; everything else does not answer. */
export function createResponders(...parties: readonly Party[]): Responders {
  const asked: string[] = [];
  const statuses = new Map<Party, { readonly status: Status; readonly invalidityDate?: Date }>();
  return {
    asked,
    setStatus: (party, status, invalidityDate) =>
      void statuses.set(party, { status, ...(invalidityDate && { invalidityDate }) }),
    http: ({ url, body }) => {
      asked.push(url.href);
      const { serial } = parseOcspRequest(body ?? fromPath(url));
      const party = parties.find(({ leaf }) => serialOf(leaf.certificate) === serial);
      const { status, ...more } = (party && statuses.get(party)) ?? { status: 'good' };
      if (party === undefined || status === 'unreachable') {
        return Promise.reject(new NotaryError('NETWORK_UNREACHABLE', `${url.host} does not answer`));
      }
      const single = {
        serial,
        status,
        ...more,
        thisUpdate: new Date('2024-01-01'),
        nextUpdate: new Date('2030-01-01'),
      };
      const answer = ocspResponse({ issuer: party.ca, singles: [single] });
      return Promise.resolve({ status: 200, headers: new Map(), body: answer });
    },
  };
}

function fromPath(url: URL): Uint8Array {
  return new Uint8Array(Buffer.from(decodeURIComponent(url.pathname.slice(1)), 'base64'));
}

export interface StatementOptions {
  readonly level?: LevelName;
  readonly override?: Readonly<Record<string, string>>;
  readonly verifyTimestamp?: TrustPolicyStatement['verifyTimestamp'];
  readonly stores?: readonly string[];
  readonly identities?: readonly string[];
}

export function statement(options: StatementOptions = {}): TrustPolicyStatement {
  const { level = 'strict', override = {}, stores = ['ca:acme', 'tsa:acme'] } = options;
  return {
    name: 'test',
    registryScopes: ['*'],
    level: overrideLevel(levelOf(level), override, source, 'override'),
    verifyTimestamp: options.verifyTimestamp ?? 'always',
    trustStores: stores.map((store) => parseStoreName(store, source, 'store')),
    trustedIdentities: parseTrustedIdentities(
      options.identities ?? ['x509.subject:C=US,ST=WA,O=Acme,CN=publisher'],
      source,
      'identities',
    ),
  };
}

/** Each store by its name, "TYPE:NAME"; what is not there is empty. */
export function storesOf(contents: Readonly<Record<string, readonly (Issued | string)[]>>): TrustStores {
  return ({ type, name }) => {
    const anchors = contents[`${type}:${name}`] ?? [];
    return Promise.resolve({
      certificates: anchors.flatMap((anchor) =>
        typeof anchor === 'string' ? [] : [parseCertificate(anchor.certificate)],
      ),
      pins: anchors.filter((anchor) => typeof anchor === 'string'),
    });
  };
}

export function services(http: Http, stores: TrustStores): VerifierServices {
  return { stores, revocation: new RevocationChecker(http) };
}
