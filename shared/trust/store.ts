// Trust stores: directories of certificates, x509/{ca,tsa,signingAuthority}/NAME/*, in Notation's own layout. Trust Store
// and Trust Policy, "Trust Store" (STORE-1..STORE-8).

import { Buffer } from 'node:buffer';

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { hasCode, NotaryError } from '../errors.ts';
import type { Files } from '../ports.ts';
import type { Certificate } from '../x509/certificate.ts';
import { readCertificates } from '../x509/read-certificates.ts';
import { mergeAnchors, requireTrustAnchor } from './anchor.ts';
import type { TrustAnchors } from './anchor.ts';
import type { AnchorPurpose } from './presets.ts';

export type TrustStoreType = 'ca' | 'tsa' | 'signingAuthority';

export interface TrustStoreName {
  readonly type: TrustStoreType;
  readonly name: string;
}

/** Answers what a store of a statement holds; the verifier asks only for the stores that a signature needs. */
export type TrustStores = (store: TrustStoreName) => Promise<TrustAnchors>;

/** A bundle of every public root there is stays below half of this. */
export const maxCertificateFileBytes = 1024 * 1024;
/** Store directories hold a handful of files; more is another directory. */
const maxStoreFiles = 1000;

const storeTypes: readonly TrustStoreType[] = ['ca', 'tsa', 'signingAuthority'];
const storeName = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads `TYPE:NAME` (POL-10).
 *
 * @throws NotaryError source.code  an unknown type, or a name outside [A-Za-z0-9_.-]+
 */
export function parseStoreName(text: string, source: Source, path: string): TrustStoreName {
  const colon = text.indexOf(':');
  const type = storeTypes.find((known) => known === text.slice(0, Math.max(colon, 0)));
  if (type === undefined) {
    throw malformed(source, `${path} is "${text}"; a store is TYPE:NAME with TYPE one of ${storeTypes.join(', ')}`);
  }
  const name = text.slice(colon + 1);
  // "." and ".." pass the specification's grammar, and would leave the store's directory.
  if (!storeName.test(name) || name === '.' || name === '..') {
    throw malformed(source, `${path}: the store name "${name}" is not made of letters, digits, "_", "." and "-"`);
  }
  return { type, name };
}

/**
 * Loads every certificate of one store. One entry that is not a certificate file fails the whole store (STORE-3).
 *
 * @param directory  the one that holds x509/
 * @throws NotaryError TRUST_STORE_INVALID  missing, empty, or with an entry that does not belong there
 * @throws NotaryError FILE_UNREADABLE
 * @see Trust Store and Trust Policy, "Trust Store"; STORE-2..STORE-6
 */
export async function loadTrustStore(
  files: Files,
  directory: string,
  store: TrustStoreName,
): Promise<readonly Certificate[]> {
  const path = `${directory}/x509/${store.type}/${store.name}`;
  const entries = (await files.kind(path)) === 'directory' ? await files.list(path) : undefined;
  if (entries === undefined) {
    throw invalid(store, `${path} ${(await files.kind(path)) === undefined ? 'does not exist' : 'is not a directory'}`);
  }
  if (entries.length > maxStoreFiles) throw invalid(store, `${path} holds more than ${maxStoreFiles} entries`);
  const certificates: Certificate[] = [];
  for (const { name, kind } of entries) {
    if (kind !== 'file') throw invalid(store, `${path}/${name} is a ${kind}, not a file`);
    certificates.push(...(await loadCertificateFile(files, `${path}/${name}`, store)));
  }
  if (certificates.length === 0) throw invalid(store, `${path} holds no certificate`);
  return certificates;
}

async function loadCertificateFile(files: Files, path: string, store: TrustStoreName): Promise<readonly Certificate[]> {
  const bytes = await files.read(path, maxCertificateFileBytes);
  if (bytes === undefined) throw invalid(store, `${path} does not exist`);
  return readAnchors(bytes, path, store);
}

function readAnchors(bytes: Uint8Array, path: string, store: TrustStoreName): readonly Certificate[] {
  try {
    requirePlainPem(bytes);
    const certificates = readCertificates(bytes);
    for (const certificate of certificates) requireTrustAnchor(certificate, purposeOf(store.type));
    return certificates;
  } catch (error) {
    if (!hasCode(error, 'ASN1_MALFORMED', 'CERTIFICATE_UNSUITABLE')) throw error;
    throw invalid(store, `${path}: ${error.message}`, error);
  }
}

/** Go finds a block only where its first and last line begin at the margin, and knows no lone carriage return. */
const oddPem = /^\xef\xbb\xbf|^[ \t]+-----(?:BEGIN|END) |\r(?!\n)/m;

/**
 * Refuses PEM that `readCertificates` reads and Notation does not (STORE-4): a store must be the same to both.
 *
 * @throws NotaryError ASN1_MALFORMED
 */
function requirePlainPem(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.includes('-----BEGIN ') || !oddPem.test(text)) return;
  throw malformed(
    pemSource,
    'it is indented, or has a byte order mark or odd line ends, and Notation would not read it',
  );
}

const pemSource: Source = { code: 'ASN1_MALFORMED', what: 'PEM' };

/** Which kind of certificate a store of this type may hold. */
export function purposeOf(type: TrustStoreType): AnchorPurpose {
  return type === 'tsa' ? 'timestamping' : 'signing';
}

/** The stores under one directory, each loaded when it is first asked for, and once (STORE-8). */
export function trustStoreDirectory(files: Files, directory: string): TrustStores {
  const loaded = new Map<string, Promise<TrustAnchors>>();
  return (store) => {
    const key = `${store.type}:${store.name}`;
    const anchors =
      loaded.get(key) ?? loadTrustStore(files, directory, store).then((certificates) => ({ certificates, pins: [] }));
    loaded.set(key, anchors);
    return anchors;
  };
}

/** All anchors of one type that a statement lists; none where it lists no such store (SCHEME-3). */
export async function loadAnchors(
  stores: TrustStores,
  names: readonly TrustStoreName[],
  type: TrustStoreType,
): Promise<TrustAnchors> {
  return mergeAnchors(await Promise.all(names.filter((name) => name.type === type).map(stores)));
}

function invalid({ type, name }: TrustStoreName, detail: string, cause?: unknown): NotaryError {
  return new NotaryError(
    'TRUST_STORE_INVALID',
    `trust store ${type}:${name}: ${detail}`,
    cause === undefined ? {} : { cause },
  );
}
