// Which addresses out of a certificate may be asked. Certificates are written by others, so an address must not lead
// into the machine that runs us: cloud metadata services hand out credentials to whoever can reach them. REV-10, REV-20.

import { NotaryError } from '../errors.ts';
import { isMachineLocal } from '../machine-local.ts';

/**
 * @param text  URI from the authority information access extension, or from a distribution point
 * @throws NotaryError REVOCATION_UNAVAILABLE  not plain http, or a host that is never asked
 */
export function requireAddress(text: string): URL {
  if (!/^http:\/\//i.test(text)) throw refused(text, 'only http:// addresses are asked');
  // The URL parser would drop or rewrite these, and the address asked would not be the one shown.
  if (unplain.test(text)) throw refused(text, 'it holds blanks, control characters or backslashes');
  const url = URL.parse(text);
  if (url === null) throw refused(text, 'it is not a URL');
  if (url.username !== '' || url.password !== '') throw refused(text, 'it carries user information');
  if (isMachineLocal(url)) throw refused(text, `${url.hostname} is a link-local or metadata host`);
  return url;
}

const unplain = /[\s\\\p{Cc}]/u;

function refused(text: string, reason: string): NotaryError {
  return new NotaryError(
    'REVOCATION_UNAVAILABLE',
    `the address ${JSON.stringify(shorten(text))} is not asked: ${reason}`,
  );
}

// An address can fill a certificate; a message shows enough to know it again.
const maxShownLength = 200;

/** For messages. */
export function shorten(text: string): string {
  return text.length <= maxShownLength ? text : `${text.slice(0, maxShownLength)}…`;
}
