// A private key in PEM text, such as a secret of the workflow: for tests, and for those who hold their own keys.
// RFC 7468, RFC 8017 (PKCS#1), RFC 5208 (PKCS#8), RFC 5915 (SEC1); ALG-5.

import { Buffer } from 'node:buffer';
import { constants, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

import { decodeBase64, equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { algorithmOf, keySpecOf } from '../crypto/algorithm.ts';
import type { KeySpec, SignatureAlgorithm } from '../crypto/algorithm.ts';
import { hashLength } from '../crypto/digest.ts';
import { NotaryError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { orderChain } from '../x509/chain.ts';
import type { CertificateChain } from '../x509/chain.ts';
import type { KeyProvider } from './provider.ts';

export interface PemKey {
  /** Its first private key is taken; certificates beside it are no harm. */
  readonly privateKey: string;
  /** In any order; the root included. */
  readonly certificateChain: readonly Certificate[];
}

const source: Source = { code: 'INPUT_INVALID', what: 'private key' };

/**
 * @throws NotaryError INPUT_INVALID             no private key in the text, or no certificate for it
 * @throws NotaryError KEY_UNSUPPORTED           encrypted, or not one of the six key specifications
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  the certificates do not lead to a root
 */
export function pemKeyProvider({ privateKey, certificateChain }: PemKey): KeyProvider {
  const key = parsePrivateKey(privateKey);
  const ownSpec = keySpecOf(key);
  if (ownSpec === undefined) throw new NotaryError('KEY_UNSUPPORTED', `a private key of type ${describe(key)}`);
  const chain = chainFor(key, certificateChain);
  return {
    agent: 'pem/1',
    describeKey: () => Promise.resolve(ownSpec),
    generateSignature: async (toBeSigned, keySpec) => {
      requireSameSpec(ownSpec, keySpec);
      return { signature: await generate(key, algorithmOf(ownSpec), toBeSigned), chain };
    },
  };
}

function requireSameSpec(own: KeySpec, wanted: KeySpec): void {
  if (own !== wanted) throw new NotaryError('KEY_UNSUPPORTED', `the private key is ${own}, asked for was ${wanted}`);
}

const signAsync = promisify(sign);

async function generate(key: KeyObject, algorithm: SignatureAlgorithm, data: Uint8Array): Promise<Uint8Array> {
  const { family, hash } = algorithm;
  const options =
    family === 'ecdsa'
      ? ({ key, dsaEncoding: 'ieee-p1363' } as const)
      : // Node would take the longest salt that fits; COSE-9, JWS-8 want the length of the hash.
        { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: hashLength[hash] };
  return new Uint8Array(await signAsync(hash, data, options));
}

function chainFor(key: KeyObject, certificates: readonly Certificate[]): CertificateChain {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const leaf = certificates.find(({ subjectPublicKeyInfo }) => equalBytes(subjectPublicKeyInfo, publicKey));
  if (leaf !== undefined) return orderChain(leaf, certificates);
  throw new NotaryError(
    'INPUT_INVALID',
    `none of the ${certificates.length} certificates of the chain belongs to the private key`,
    { remedy: 'Give the certificate that was issued for this private key, and its issuers up to the root.' },
  );
}

function parsePrivateKey(text: string): KeyObject {
  const { label, body } = findPrivateKey(text);
  // RFC 7468 §11, or the header lines of RFC 1421.
  if (label.startsWith('ENCRYPTED') || body.includes('ENCRYPTED')) {
    throw new NotaryError('KEY_UNSUPPORTED', 'the private key is encrypted', {
      remedy: 'Decrypt it (openssl pkey -in KEY -out PLAIN) and keep the result in a secret of the repository.',
    });
  }
  const der = decodeBase64(body.replaceAll(/\s/g, ''), source);
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    const key = tryKey(der, type);
    if (key !== undefined) return key;
  }
  throw malformed(source, 'neither PKCS#8 nor PKCS#1 nor SEC1');
}

/** The first block whose label is PRIVATE KEY, alone or after a word. */
function findPrivateKey(text: string): { label: string; body: string } {
  const begin = /^-----BEGIN ((?:[A-Z0-9]+ )?PRIVATE KEY)-----\s*$/m.exec(text);
  const label = begin?.[1];
  if (begin === null || label === undefined) throw malformed(source, 'no PEM block of a private key');
  const start = begin.index + begin[0].length;
  const end = text.indexOf(`-----END ${label}-----`, start);
  if (end < 0) throw malformed(source, 'the PEM block does not end');
  return { label, body: text.slice(start, end) };
}

function tryKey(der: Uint8Array, type: 'pkcs8' | 'pkcs1' | 'sec1'): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(der), format: 'der', type });
  } catch {
    // OpenSSL names the failure in many ways, and all mean: not this structure. The caller refuses what fits none.
    return undefined;
  }
}

function describe(key: KeyObject): string {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  return [key.asymmetricKeyType ?? 'unknown', modulusLength ?? namedCurve ?? ''].join(' ').trim();
}
