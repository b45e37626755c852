// Certificates that an input holds as PEM text, or names by a file.

import { NotaryError } from '../shared/errors.ts';
import type { Files } from '../shared/ports.ts';
import type { Certificate } from '../shared/x509/certificate.ts';
import { readCertificates, readPemCertificates } from '../shared/x509/read-certificates.ts';

// A chain takes a few KiB; a whole bundle of public roots some 250.
const maxFileBytes = 1024 * 1024;

/** @throws NotaryError FILE_UNREADABLE, ASN1_MALFORMED */
export async function readCertificateFile(path: string, files: Files): Promise<readonly Certificate[]> {
  const bytes = await files.read(path, maxFileBytes);
  if (bytes === undefined) throw new NotaryError('FILE_UNREADABLE', `${path} does not exist`);
  return readCertificates(bytes);
}

/** @throws NotaryError FILE_UNREADABLE, ASN1_MALFORMED */
export async function readCertificateChain(value: string, files: Files): Promise<readonly Certificate[]> {
  return value.includes('-----BEGIN') ? readPemCertificates(value) : await readCertificateFile(value, files);
}
