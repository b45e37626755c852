// Certificate chains, from the signing certificate to its self-signed root: checked in the order given, or put in order
// out of a bag. Signature Specification, "Certificate Chain" (CHAIN-1..CHAIN-4).

import { equalBytes } from '../bytes.ts';
import type { Certificate } from './certificate.ts';
import { displayName } from './name.ts';
import {
  chainBroken,
  isIssuedBy,
  isSelfSigned,
  quoteSubject,
  requireIssuedBy,
  requireSelfSigned,
  requireSoundScheme,
} from './issuance.ts';

export { requireIssuedBy, requireValid } from './issuance.ts';

/** Leaf to root, the root included. */
export type CertificateChain = readonly [signing: Certificate, ...issuers: Certificate[]];

/**
 * Checks order and issuance up to a self-signed root, without time and without trust.
 *
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  none, out of order, no self-signed end, or a self-signed one before it
 * @throws NotaryError CERTIFICATE_UNSUITABLE    one is signed with SHA-1 or MD5 (ALG-4, D5)
 */
export function requireChain(certificates: readonly Certificate[]): CertificateChain {
  const [signing, ...issuers] = certificates;
  if (signing === undefined) throw chainBroken('the certificate chain is empty');
  for (const certificate of certificates) requireSoundScheme(certificate);
  if (issuers.length === 0) {
    requireSelfSigned(signing);
    return [signing];
  }
  let certificate = signing;
  for (const [index, issuer] of issuers.entries()) {
    // CHAIN-3: a doubled root is not a chain.
    if (isIssuedBy(certificate, certificate)) {
      throw chainBroken(
        `${quoteSubject(certificate)} is self-signed, but certificate ${index + 1} of ${certificates.length}`,
      );
    }
    requireIssuedBy(certificate, issuer);
    certificate = issuer;
  }
  requireIssuedBy(certificate, certificate);
  return [signing, ...issuers];
}

/** Each trial is one signature check; genuine bags need fewer than ten. */
const maxTrials = 100;

/**
 * Finds the chain of a signing certificate in a bag, by names and signatures: several issuers with one name but
 * different keys do no harm, what does not belong to the chain is left aside, and of several chains the shortest wins.
 *
 * @param pool  any order; the signing certificate may be in it
 * @throws NotaryError CERTIFICATE_CHAIN_BROKEN  an issuer is missing, or the bag is a maze
 * @throws NotaryError CERTIFICATE_UNSUITABLE    as in requireChain
 */
export function orderChain(signing: Certificate, pool: readonly Certificate[]): CertificateChain {
  let trials = 0;
  let top = signing;
  for (let paths: readonly CertificateChain[] = [[signing]]; paths.length > 0;) {
    const longer: CertificateChain[] = [];
    for (const path of paths) {
      top = path.at(-1) ?? signing;
      if (isSelfSigned(top)) return requireChain(path);
      for (const issuer of pool) {
        if (!equalBytes(issuer.subject, top.issuer) || path.some((each) => each.fingerprint === issuer.fingerprint))
          continue;
        trials += 1;
        if (trials > maxTrials)
          throw chainBroken(`the chain of ${quoteSubject(signing)} takes too many trials to find`);
        if (isIssuedBy(top, issuer)) longer.push([...path, issuer]);
      }
    }
    paths = longer;
  }
  // A weak signature leads nowhere; say that rather than that the issuer is missing.
  requireSoundScheme(top);
  throw chainBroken(
    `the chain of ${quoteSubject(signing)} is not complete: the issuer "${displayName(top.issuer)}" ` +
      `of ${quoteSubject(top)} is not among the ${pool.length} certificates`,
  );
}
