// A signature that is never stored, over a digest that nothing has: to learn who signs, and to show that signing works.

import { digestOf } from '../shared/oci/descriptor.ts';
import type { Descriptor } from '../shared/oci/descriptor.ts';
import type { Random } from '../shared/ports.ts';
import type { CertificateChain } from '../shared/x509/chain.ts';
import { makeSignature } from './new-signature.ts';
import type { SignatureServices, SignatureTerms } from './new-signature.ts';

const contentBytes = 32;

/** No manifest, so that no verifier would take it for an artifact even if the random bytes turned up somewhere. */
export function throwAwaySubject(random: Random): Descriptor {
  return { mediaType: 'application/octet-stream', digest: digestOf(random(contentBytes)), size: contentBytes };
}

/**
 * The chain of the key that signs, which some services tell only with a signature.
 *
 * @throws NotaryError  the codes of the key provider and of certificates
 */
export async function learnChain(terms: SignatureTerms, services: SignatureServices): Promise<CertificateChain> {
  const { format, userMetadata } = terms;
  const untimestamped = { format, userMetadata, allowUntimestamped: true };
  return (await makeSignature(throwAwaySubject(services.random), untimestamped, services)).chain;
}
