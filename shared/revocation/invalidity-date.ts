// The date since which a revoked certificate is no longer to be relied on, in OCSP answers and CRL entries alike.
// RFC 5280 §5.3.2; REV-6, REV-16, REV-25.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import type { Extension } from '../x509/certificate-extensions.ts';
import { derTag, readTime } from '../x509/der-values.ts';
import { parseDer } from '../x509/der.ts';

export const invalidityDateId = '2.5.29.24';

/**
 * @returns  undefined where there is no such extension
 * @throws NotaryError source.code  the extension is not a GeneralizedTime
 */
export function readInvalidityDate(extensions: ReadonlyMap<string, Extension>, source: Source): Date | undefined {
  const extension = extensions.get(invalidityDateId);
  if (extension === undefined) return undefined;
  const node = parseDer(extension.value, source);
  if (node.tag !== derTag.generalizedTime) throw malformed(source, 'the invalidityDate is not a GeneralizedTime');
  return readTime(node, source);
}

/** True only where both are known and the use came first. */
export function isUsedBefore(signedAt: Date | undefined, invalidityDate: Date | undefined): boolean {
  return signedAt !== undefined && invalidityDate !== undefined && signedAt < invalidityDate;
}
