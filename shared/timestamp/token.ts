// TimeStampToken: read, and trusted in nothing; evidence.ts verifies it. RFC 3161 §2.4.2; TSA-10, TSA-11.

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { parseSignedData } from '../x509/cms.ts';
import type { SignedData } from '../x509/cms.ts';
import { parseTimestampInfo } from './tst-info.ts';
import type { TimestampInfo } from './tst-info.ts';

export interface TimestampToken {
  /** The ContentInfo, as received. */
  readonly der: Uint8Array;
  readonly info: TimestampInfo;
  readonly signedData: SignedData;
}

const source: Source = { code: 'TIMESTAMP_INVALID', what: 'timestamp token' };

const tstInfoOid = '1.2.840.113549.1.9.16.1.4';

// A reply over HTTP has the same limit; genuine tokens have 3 to 10 KiB.
const maxTokenBytes = 1_048_576;
// RFC 3161 §2.4.2 allows one. The reference tries several, each for the price of a signature and a path search.
const maxSigners = 4;

/**
 * Reads a token in strict DER.
 *
 * @param der  ContentInfo, at most 1 MiB
 * @throws NotaryError TIMESTAMP_INVALID  not such a token
 * @see RFC 3161 §2.4.2; RFC 5652 §5.1
 */
export function parseTimestampToken(der: Uint8Array): TimestampToken {
  if (der.length > maxTokenBytes) throw malformed(source, `${der.length} bytes are more than ${maxTokenBytes}`);
  const copy = der.slice();
  const signedData = parseSignedData(copy, source);
  const { version, contentType, content, signers } = signedData;
  if (version !== 3) throw malformed(source, `SignedData has version ${version} instead of 3`);
  if (contentType !== tstInfoOid) throw malformed(source, `the content type is ${contentType}, not TSTInfo`);
  if (content === undefined) throw malformed(source, 'there is no TSTInfo inside');
  if (signers.length === 0 || signers.length > maxSigners) {
    throw malformed(source, `there are ${signers.length} signers instead of 1 to ${maxSigners}`);
  }
  return { der: copy, info: parseTimestampInfo(content), signedData };
}
