// A certificate authority for tests, written without any code of ours: good chains, and every deviation that an option
// can name. RFC 5280 §4. The chains that break a rule each stand in bad-chains.ts.

import { Buffer } from 'node:buffer';
import { constants, createHash, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { algorithmIdentifier, signDer } from './der-signature.ts';
import { bitString, boolean, extension, integer, none } from './der-writer.ts';
import { objectIdentifier, octetString, sequence, time, tlv } from './der-writer.ts';
import type { RawExtension } from './der-writer.ts';
import { testKey } from './keys.ts';
import type { KeyPair, TestKeySpec } from './keys.ts';

export type { KeyPair, TestKeySpec } from './keys.ts';

export interface Issued extends KeyPair {
  /** DER. */
  readonly certificate: Uint8Array;
  /** This certificate to the root, DER. */
  readonly chain: readonly Uint8Array[];
  readonly pem: string;
  readonly chainPem: string;
  /** PKCS#8. */
  readonly keyPem: string;
  /** The DER Name, as the certificates under this one name their issuer. */
  readonly subject: Uint8Array;
  readonly subjectKeyIdentifier: Uint8Array;
}

/** Bit numbers of KeyUsage, RFC 5280 §4.2.1.3. */
const keyUsageBits = {
  ...{ digitalSignature: 0, contentCommitment: 1, keyEncipherment: 2, dataEncipherment: 3, keyAgreement: 4 },
  ...{ keyCertSign: 5, cRLSign: 6, encipherOnly: 7, decipherOnly: 8 },
};
export type TestKeyUsage = keyof typeof keyUsageBits;

export interface CertificateOptions {
  /** "C=US, ST=WA, O=Acme, CN=x", "+" inside one relative name, "\," for a comma; or the DER Name. */
  readonly subject: string | Uint8Array;
  /** Default EC-256. */
  readonly keySpec?: TestKeySpec;
  readonly key?: KeyPair;
  /** Default 2020 to 2040. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Writes basicConstraints; default false, which writes none. */
  readonly ca?: boolean | 'explicitly not';
  readonly pathLength?: number;
  readonly basicConstraintsCritical?: boolean;
  readonly keyUsage?: readonly TestKeyUsage[] | 'absent';
  readonly keyUsageCritical?: boolean;
  readonly extendedKeyUsage?: { readonly purposes: readonly string[]; readonly critical?: boolean };
  readonly ocspUrl?: string;
  readonly crlUrl?: string;
  readonly caIssuersUrl?: string;
  readonly policies?: readonly string[];
  /** Written after the others; one of them may repeat an OID. */
  readonly extensions?: readonly RawExtension[];
  readonly keyIdentifiers?: 'absent';
  readonly serialNumber?: bigint;
  readonly version?: 1 | 2 | 3;
  readonly hash?: 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512';
  /** Default PKCS#1 v1.5 for RSA keys. */
  readonly padding?: 'pss';
  /** Signs in place of the issuer's key. */
  readonly signWith?: KeyObject;
  /** Stands in place of the issuer's DER Name. */
  readonly issuerName?: string | Uint8Array;
  /** Replaces the public key with bytes of a test's own. */
  readonly subjectPublicKeyInfo?: Uint8Array;
}

export const purpose = {
  ...{ serverAuth: '1.3.6.1.5.5.7.3.1', clientAuth: '1.3.6.1.5.5.7.3.2', codeSigning: '1.3.6.1.5.5.7.3.3' },
  ...{ emailProtection: '1.3.6.1.5.5.7.3.4', timeStamping: '1.3.6.1.5.5.7.3.8', ocspSigning: '1.3.6.1.5.5.7.3.9' },
  any: '2.5.29.37.0',
} as const;

/** A self-signed CA, unless the options say otherwise. */
export async function createRoot(options: CertificateOptions): Promise<Issued> {
  return make(undefined, { ca: true, keyUsage: ['keyCertSign', 'cRLSign'], ...options });
}

/** A certificate under the parent: a leaf, or a CA where the options say so. */
export async function issue(parent: Issued, options: CertificateOptions): Promise<Issued> {
  const keyUsage = options.ca === true ? caUsages : leafUsages;
  return make(parent, { keyUsage, ...options });
}

const caUsages = ['digitalSignature', 'keyCertSign', 'cRLSign'] as const;
const leafUsages = ['digitalSignature'] as const;

/** The options of a chain of three; the leaf's stand on top. */
export interface ChainOptions extends Partial<CertificateOptions> {
  readonly root?: Partial<CertificateOptions>;
  readonly intermediate?: Partial<CertificateOptions>;
}

/** Leaf, intermediate and root that satisfy every rule for code signing, but for what the options change. */
export async function codeSigningChain(options: ChainOptions = {}): Promise<Issued> {
  const subject = 'C=US, ST=WA, L=Seattle, O=Acme, OU=Signing, CN=acme signer';
  return chainOfThree('code signing', { subject, extendedKeyUsage: { purposes: [purpose.codeSigning] }, ...options });
}

/** Leaf, intermediate and root that satisfy every rule for timestamping, but for what the options change. */
export async function timestampingChain(options: ChainOptions = {}): Promise<Issued> {
  const extendedKeyUsage = { purposes: [purpose.timeStamping], critical: true };
  return chainOfThree('timestamping', { subject: 'C=US, ST=WA, O=Acme, CN=acme tsa', extendedKeyUsage, ...options });
}

async function chainOfThree(what: string, options: ChainOptions & { subject: string | Uint8Array }): Promise<Issued> {
  const { root, intermediate, ...leaf } = options;
  const top = await createRoot({ subject: `C=US, ST=WA, O=Acme, CN=${what} root`, ...root });
  const middle = await issue(top, { subject: `C=US, O=Acme, CN=${what} CA`, ca: true, pathLength: 0, ...intermediate });
  return issue(middle, leaf);
}

async function make(parent: Issued | undefined, options: CertificateOptions): Promise<Issued> {
  const key = options.key ?? (await testKey(options.keySpec ?? 'EC-256'));
  const subject = encodeName(options.subject);
  const info = options.subjectPublicKeyInfo ?? key.publicKey.export({ type: 'spki', format: 'der' });
  const subjectKeyIdentifier = keyIdentifier(key.publicKey.export({ type: 'spki', format: 'der' }));
  const signingKey = options.signWith ?? parent?.privateKey ?? key.privateKey;
  const algorithm = signatureAlgorithm(signingKey, options);
  const issuer = options.issuerName === undefined ? (parent?.subject ?? subject) : encodeName(options.issuerName);
  const validity = [options.notBefore ?? new Date('2020-01-01'), options.notAfter ?? new Date('2040-01-01')];
  const extensions = extensionsOf(options, subjectKeyIdentifier, parent?.subjectKeyIdentifier ?? subjectKeyIdentifier);
  const version = options.version ?? 3;
  const tbs = sequence(
    version === 1 ? none : tlv(0xa0, integer(BigInt(version - 1))),
    encodeSerial(options.serialNumber ?? BigInt(`0x01${randomBytes(15).toString('hex')}`)),
    algorithm,
    issuer,
    sequence(...validity.map(time)),
    subject,
    info,
    version === 3 && extensions.length > 0 ? tlv(0xa3, sequence(...extensions.map(extension))) : none,
  );
  const certificate = sequence(tbs, algorithm, bitString(signTbs(signingKey, tbs, options)));
  const chain = [certificate, ...(parent?.chain ?? [])];
  return {
    ...{ ...key, certificate, chain, subject, subjectKeyIdentifier },
    pem: encodePem(certificate),
    chainPem: chain.map(encodePem).join(''),
    keyPem: key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensionsOf(options: CertificateOptions, own: Uint8Array, authority: Uint8Array): RawExtension[] {
  const { ca = false, pathLength, keyUsage = 'absent', extendedKeyUsage, policies, crlUrl } = options;
  const extensions: RawExtension[] = [];
  const add = (oid: string, critical: boolean, value: Uint8Array): void =>
    void extensions.push({ oid, critical, value });
  if (ca !== false) {
    const limit = pathLength === undefined ? none : integer(BigInt(pathLength));
    add('2.5.29.19', options.basicConstraintsCritical ?? true, sequence(ca === true ? boolean(true) : none, limit));
  }
  if (keyUsage !== 'absent') add('2.5.29.15', options.keyUsageCritical ?? true, encodeKeyUsage(keyUsage));
  if (extendedKeyUsage !== undefined) {
    const purposes = sequence(...extendedKeyUsage.purposes.map(objectIdentifier));
    add('2.5.29.37', extendedKeyUsage.critical ?? false, purposes);
  }
  if (options.keyIdentifiers !== 'absent') {
    add('2.5.29.14', false, octetString(own));
    add('2.5.29.35', false, sequence(tlv(0x80, authority)));
  }
  if (policies !== undefined) {
    add('2.5.29.32', false, sequence(...policies.map((oid) => sequence(objectIdentifier(oid)))));
  }
  if (crlUrl !== undefined) add('2.5.29.31', false, sequence(sequence(tlv(0xa0, tlv(0xa0, uri(crlUrl))))));
  const access = [
    ...(options.ocspUrl === undefined ? [] : [accessDescription('1.3.6.1.5.5.7.48.1', options.ocspUrl)]),
    ...(options.caIssuersUrl === undefined ? [] : [accessDescription('1.3.6.1.5.5.7.48.2', options.caIssuersUrl)]),
  ];
  if (access.length > 0) add('1.3.6.1.5.5.7.1.1', false, sequence(...access));
  return [...extensions, ...(options.extensions ?? [])];
}

const uri = (text: string): Uint8Array => tlv(0x86, Buffer.from(text, 'latin1'));
const accessDescription = (oid: string, url: string): Uint8Array => sequence(objectIdentifier(oid), uri(url));

/** A named bit list: trailing zero bits are cut off (X.690 §11.2.2). */
export function encodeKeyUsage(usages: readonly TestKeyUsage[]): Uint8Array {
  const bits = usages.map((usage) => keyUsageBits[usage]);
  const last = Math.max(-1, ...bits);
  const octets = new Uint8Array(Math.ceil((last + 1) / 8));
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return tlv(0x03, Uint8Array.of(last < 0 ? 0 : 7 - (last & 7)), octets);
}

function encodeSerial(serial: bigint): Uint8Array {
  if (serial >= 0n) return integer(serial);
  // Of the negative ones, one octet is enough to be refused.
  return tlv(0x02, Uint8Array.of(Number(BigInt.asUintN(8, serial))));
}

function signatureAlgorithm(key: KeyObject, { hash = 'sha256', padding }: CertificateOptions): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return sequence(objectIdentifier('1.3.101.112'));
  if (hash === 'md5') return sequence(objectIdentifier('1.2.840.113549.1.1.4'), tlv(0x05));
  return padding === 'pss' ? pssAlgorithm(hash) : algorithmIdentifier(key, hash);
}

const pssHashes: Readonly<Record<string, readonly [oid: string, length: number]>> = {
  sha256: ['2.16.840.1.101.3.4.2.1', 32],
  sha384: ['2.16.840.1.101.3.4.2.2', 48],
  sha512: ['2.16.840.1.101.3.4.2.3', 64],
};

/** RSASSA-PSS with MGF1 over the same hash and a salt of its length. RFC 4055 §3.1. */
function pssAlgorithm(hash: string): Uint8Array {
  const [oid, length] = pssHashes[hash] ?? ['1.3.14.3.2.26', 20];
  const hashAlgorithm = sequence(objectIdentifier(oid), tlv(0x05));
  const mask = sequence(objectIdentifier('1.2.840.113549.1.1.8'), hashAlgorithm);
  const parameters = sequence(tlv(0xa0, hashAlgorithm), tlv(0xa1, mask), tlv(0xa2, integer(BigInt(length))));
  return sequence(objectIdentifier('1.2.840.113549.1.1.10'), parameters);
}

function signTbs(key: KeyObject, tbs: Uint8Array, { hash = 'sha256', padding }: CertificateOptions): Uint8Array {
  if (key.asymmetricKeyType === 'ed25519') return new Uint8Array(sign(null, tbs, key));
  if (padding === 'pss') {
    const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
    return new Uint8Array(sign(hash, tbs, pss));
  }
  return hash === 'md5' ? new Uint8Array(sign('md5', tbs, key)) : signDer(key, tbs, hash);
}

const attributeTypes: Readonly<Record<string, readonly [oid: string, stringTag: number]>> = {
  C: ['2.5.4.6', 0x13],
  ST: ['2.5.4.8', 0x0c],
  L: ['2.5.4.7', 0x0c],
  O: ['2.5.4.10', 0x0c],
  OU: ['2.5.4.11', 0x0c],
  CN: ['2.5.4.3', 0x0c],
  SERIALNUMBER: ['2.5.4.5', 0x13],
  STREET: ['2.5.4.9', 0x0c],
  POSTALCODE: ['2.5.4.17', 0x0c],
  DC: ['0.9.2342.19200300.100.1.25', 0x16],
  emailAddress: ['1.2.840.113549.1.9.1', 0x16],
};

/** One attribute of a Name; a type is one of the short names or an OID. */
export function encodeAttribute(type: string, value: Uint8Array | string, stringTag?: number): Uint8Array {
  const [oid, tag] = attributeTypes[type] ?? [type, 0x0c];
  return sequence(objectIdentifier(oid), tlv(stringTag ?? tag, Buffer.from(value)));
}

export function encodeName(name: string | Uint8Array): Uint8Array {
  if (typeof name !== 'string') return name;
  const relative = name === '' ? [] : name.split(/(?<!\\),\s*/u);
  return sequence(
    ...relative.map((part) => {
      const attributes = part.split(/(?<!\\)\+/u).map((pair) => {
        const equals = pair.indexOf('=');
        return encodeAttribute(pair.slice(0, equals), pair.slice(equals + 1).replaceAll(/\\(.)/gu, '$1'));
      });
      return tlv(0x31, ...attributes);
    }),
  );
}

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the key inside the BIT STRING. */
function keyIdentifier(info: Uint8Array): Uint8Array {
  const algorithmEnd = 2 + (info[1] === 0x82 ? 2 : info[1] === 0x81 ? 1 : 0);
  const algorithmLength = 2 + (info[algorithmEnd + 1] ?? 0);
  const key = info.subarray(algorithmEnd + algorithmLength);
  const header = 2 + ((key[1] ?? 0) === 0x82 ? 2 : (key[1] ?? 0) === 0x81 ? 1 : 0) + 1;
  return new Uint8Array(createHash('sha1').update(key.subarray(header)).digest());
}

export function encodePem(certificate: Uint8Array): string {
  const lines =
    Buffer.from(certificate)
      .toString('base64')
      .match(/.{1,64}/gu) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
