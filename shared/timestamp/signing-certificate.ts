// Which certificate of a token signed it, as the signer itself says under its signature: signingCertificateV2. RFC 5035
// §4, RFC 5816; TSA-11, TSA-12.

import { equalBytes, malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { digest } from '../crypto/digest.ts';
import type { HashName } from '../crypto/digest.ts';
import { hashOf } from '../x509/algorithm-identifier.ts';
import type { Certificate } from '../x509/certificate.ts';
import { requireSingleValue } from '../x509/cms.ts';
import type { SignedData, SignerInfo } from '../x509/cms.ts';
import { derTag, readInteger, sequenceMembers } from '../x509/der-values.ts';
import type { DerNode } from '../x509/der.ts';

const source: Source = { code: 'TIMESTAMP_INVALID', what: 'timestamp token' };

const signingCertificateV2 = '1.2.840.113549.1.9.16.2.47';

/**
 * Finds the signer's certificate in the token: named by issuer and serial number, with the hash that was signed. The
 * older signingCertificate (SHA-1) does not count.
 *
 * @throws NotaryError TIMESTAMP_INVALID  the attribute is not there, or the certificate that it names is not
 */
export function signingCertificateOf({ certificates }: SignedData, signer: SignerInfo): Certificate {
  const { issuer, serialNumber } = signer;
  if (signer.version !== 1 || issuer === undefined || serialNumber === undefined) {
    throw malformed(source, 'its signer is not named by issuer and serial number (version 1)');
  }
  if (!signer.signedAttributes.has(signingCertificateV2)) {
    throw malformed(
      source,
      'there is no signed attribute signingCertificateV2, which names the certificate of its signer',
    );
  }
  const id = readCertificateId(requireSingleValue(signer, signingCertificateV2, source));
  const isNamed = (name: Uint8Array, serial: bigint): boolean => equalBytes(name, issuer) && serial === serialNumber;
  // RFC 5035 §4: where both name the certificate, they must agree.
  if (id.issuerSerial !== undefined && !isNamed(id.issuerSerial.issuer, id.issuerSerial.serialNumber)) {
    throw malformed(source, 'signingCertificateV2 and the signer name different certificates');
  }
  const named = certificates.filter((certificate) => isNamed(certificate.issuer, certificate.serialNumber));
  if (named.length === 0) throw malformed(source, 'the certificate of its signer is not inside');
  const found = named.find(({ der }) => equalBytes(digest(id.hash, der), id.certificateHash));
  if (found === undefined) throw malformed(source, 'the hash in signingCertificateV2 is that of another certificate');
  return found;
}

interface CertificateId {
  readonly hash: HashName;
  readonly certificateHash: Uint8Array;
  readonly issuerSerial: { readonly issuer: Uint8Array; readonly serialNumber: bigint } | undefined;
}

/** The first ESSCertIDv2, which is the signer's; others may name its issuers. */
function readCertificateId(attribute: DerNode): CertificateId {
  const ids = sequenceMembers(attribute, source, 'signingCertificateV2').take(derTag.sequence, 'certs').children;
  const [first] = ids;
  if (first === undefined) throw malformed(source, 'signingCertificateV2 is empty');
  const members = sequenceMembers(first, source, 'ESSCertIDv2');
  const algorithm = members.takeIf(derTag.sequence);
  const hash = algorithm === undefined ? 'sha256' : hashOf(algorithm, source);
  if (hash === undefined)
    throw malformed(source, 'the hash in signingCertificateV2 is not SHA-256, SHA-384 or SHA-512');
  const certificateHash = members.take(derTag.octetString, 'certHash').content;
  const issuerSerial = members.takeIf(derTag.sequence);
  members.end();
  return { hash, certificateHash, issuerSerial: issuerSerial && readIssuerSerial(issuerSerial) };
}

function readIssuerSerial(node: DerNode): CertificateId['issuerSerial'] {
  const members = sequenceMembers(node, source, 'issuerSerial');
  const [name, ...more] = members.take(derTag.sequence, 'issuer').children;
  const serialNumber = readInteger(members.take(derTag.integer, 'serialNumber'), source);
  members.end();
  // GeneralNames with one directoryName, [4] EXPLICIT Name.
  const directoryName = name?.tag === 0xa4 && more.length === 0 ? name.children[0] : undefined;
  if (directoryName === undefined) throw malformed(source, 'issuerSerial is not one directory name');
  return { issuer: directoryName.raw, serialNumber };
}
