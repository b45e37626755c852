// What the revocation check found out about each certificate, and the aggregate over a chain. REV-4, REV-5.

import { NotaryError } from '../errors.ts';
import type { Certificate } from '../x509/certificate.ts';
import { renderName } from '../x509/name.ts';
import { shorten } from './address.ts';

/** What one server's valid answer says. */
export interface Judgement {
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly revokedAt?: Date;
  /** CRLReason number, RFC 5280 §5.3.1. */
  readonly reason?: number;
}

/** One server asked about one certificate. */
export interface Inquiry {
  readonly method: 'ocsp' | 'crl';
  readonly url: string;
  readonly thisUpdate?: Date;
  readonly nextUpdate?: Date;
  /** Why this server's answer does not count. */
  readonly error?: NotaryError;
}

interface Evidence {
  readonly certificate: Certificate;
  /** What decided; `crl` also after OCSP gave no answer. */
  readonly method: 'ocsp' | 'crl' | 'none';
  /** In the order they were asked. */
  readonly inquiries: readonly Inquiry[];
}

export type CertificateStatus =
  /** Not revokable: the root, or a certificate that names no server (REV-3). */
  | (Evidence & { readonly status: 'good' | 'not-revokable' })
  | (Evidence & { readonly status: 'revoked'; readonly at?: Date; readonly reason?: string })
  | (Evidence & { readonly status: 'unknown'; readonly errors: readonly NotaryError[] });

const reasons: readonly string[] = [
  ...['unspecified', 'keyCompromise', 'cACompromise', 'affiliationChanged', 'superseded', 'cessationOfOperation'],
  ...['certificateHold', '7', 'removeFromCRL', 'privilegeWithdrawn', 'aACompromise'],
];

/** The name in RFC 5280 §5.3.1, or the number where it has none. */
export function reasonName(reason: number): string {
  return reasons[reason] ?? String(reason);
}

/**
 * Revoked anywhere beats unknown anywhere; the certificate nearest the leaf is named.
 *
 * @param statuses  leaf first
 * @throws NotaryError CERTIFICATE_REVOKED, REVOCATION_UNAVAILABLE
 * @see REV-4
 */
export function requireUnrevoked(
  statuses: readonly CertificateStatus[],
  purpose: 'signing' | 'timestamping' = 'signing',
): void {
  const revoked = statuses.find((status) => status.status === 'revoked');
  if (revoked) {
    const facts = [
      ...(revoked.at ? [`since ${revoked.at.toISOString()}`] : []),
      ...(revoked.reason === undefined ? [] : [`reason ${revoked.reason}`]),
      ...revoked.inquiries.filter(({ error }) => !error).map(({ url }) => `according to ${shorten(url)}`),
    ];
    throw new NotaryError('CERTIFICATE_REVOKED', `${named(revoked, purpose)} is revoked (${facts.join(', ')})`);
  }
  const unknown = statuses.find((status) => status.status === 'unknown');
  if (unknown) {
    throw new NotaryError(
      'REVOCATION_UNAVAILABLE',
      `${named(unknown, purpose)} revocation status is unknown: ${failures(unknown)}`,
      { cause: unknown.errors[0] },
    );
  }
}

function named({ certificate }: Evidence, purpose: string): string {
  return `${purpose} certificate with subject ${JSON.stringify(renderName(certificate.subject))}`;
}

/** A message lists this many servers, however many a certificate names. */
const maxShownInquiries = 8;
const maxShownReason = 400;

function failures({ inquiries }: Evidence): string {
  const shown = inquiries.flatMap(({ url, error }) =>
    error === undefined ? [] : [`${shorten(url)}: ${error.message.slice(0, maxShownReason)}`],
  );
  const rest = shown.length - maxShownInquiries;
  return [...shown.slice(0, maxShownInquiries), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
