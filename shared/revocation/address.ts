// Which addresses out of a certificate may be asked. Certificates are written by others, so an address must not lead
// into the machine that runs us: cloud metadata services hand out credentials to whoever can reach them. REV-10, REV-20.

import { NotaryError } from '../errors.ts';

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
  if (isMachineLocal(url.hostname)) throw refused(text, `${url.hostname} is a link-local or metadata host`);
  return url;
}

const unplain = /[\s\\\p{Cc}]/u;

/** Forms of the host after the URL parser, which brings IPv4 in any notation to dotted decimals and IPv6 to hex. */
const machineLocal: readonly RegExp[] = [
  // RFC 3927, where AWS, Azure, Google and others answer with credentials.
  /^169\.254\./,
  // RFC 4291 §2.5.6.
  /^\[fe[89ab][0-9a-f]:/,
  // 169.254.0.0/16 as IPv4-mapped, IPv4-compatible and NAT64 (RFC 6052) addresses.
  /^\[(::ffff:|::ffff:0:|::|64:ff9b::|64:ff9b:1::)a9fe:[0-9a-f]{1,4}\]$/,
  // Metadata services that live elsewhere: AWS over IPv6, the Azure host, Alibaba, Google by name.
  /^\[fd00:ec2::254\]$/,
  /^168\.63\.129\.16$/,
  /^100\.100\.100\.200$/,
  /^metadata\.(google\.internal|goog)\.?$/,
];

function isMachineLocal(host: string): boolean {
  return machineLocal.some((pattern) => pattern.test(host));
}

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
