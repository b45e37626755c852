// Failure modes of revocation servers, as a verifier meets them. The timestamp branch has CRLs only; the signing branch
// has OCSP first and CRLs behind it. azure.md 2.2, 2.4, 8.3.

import { issue, purpose } from '../../support/ca.ts';
import { serialOf } from '../../support/ocsp.ts';
import { always, answering, backoff, plain } from './mode.ts';
import type { Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

const hour = 3_600_000;

const crlsFail = (status: number) => (world: FailureWorld) => {
  world.revocation.setFault(always('CRL of the leaf', plain(status)));
};

const ofAuthority = { name: 'timestampingCa' };
const reach = ['Allow the runner to reach the named OCSP and CRL addresses over plain http'];

const revoked = (sinceMs: number) => (world: FailureWorld) => {
  const revokedAt = new Date(world.clock.now().getTime() + sinceMs);
  world.revocation.setStatus(serialOf(world.signer().certificate), { revokedAt, reason: 1 });
  return {};
};

/** What the responder does, with CRLs behind it, and with none. */
function ocspModes(name: string, inject: (world: FailureWorld) => void | Promise<void>, says: string): readonly Mode[] {
  const common = { name, verifies: true, attempts: ['OCSP of the leaf', 1] } as const;
  return [
    {
      ...common,
      ...{ variant: 'and a CRL behind it', ends: 'verified' },
      inject: async (world) => {
        await inject(world);
        return {};
      },
    },
    {
      ...common,
      ...{ variant: 'and no CRL behind it', ends: 'REVOCATION_UNAVAILABLE', says: [says, 'status 404', ...reach] },
      inject: async (world) => {
        await inject(world);
        crlsFail(404)(world);
        return {};
      },
    },
  ];
}

export const revocationModes: readonly Mode[] = [
  {
    name: 'CRL 404',
    verifies: true,
    inject: answering('CRL of the authority', plain(404)),
    attempts: ['CRL of the authority', 1],
    ends: 'REVOCATION_UNAVAILABLE',
    says: ['status 404', '/crl/timestampingCa.crl', 'timestamping certificate', ...reach],
  },
  {
    name: 'CRL 404',
    variant: '503 instead',
    verifies: true,
    inject: answering('CRL of the authority', plain(503)),
    attempts: ['CRL of the authority', 4],
    waits: backoff,
    ends: 'REVOCATION_UNAVAILABLE',
    says: ['status 503', ...reach],
  },
  {
    name: 'CRL stale nextUpdate',
    verifies: true,
    inject: ({ revocation, pki }) => {
      revocation.add(pki.timestampingCa, { ...ofAuthority, lifetimeMs: -hour });
      return {};
    },
    attempts: ['CRL of the authority', 1],
    ends: 'REVOCATION_UNAVAILABLE',
    says: ['it is stale', '/crl/timestampingCa.crl'],
  },
  {
    name: 'CRL wrong issuer',
    verifies: true,
    inject: ({ revocation, pki }) => {
      revocation.add(pki.issuing, ofAuthority);
      return {};
    },
    attempts: ['CRL of the authority', 1],
    ends: 'REVOCATION_UNAVAILABLE',
    says: ['issuer', '/crl/timestampingCa.crl'],
  },
  {
    name: 'CRL delta CRL',
    variant: 'that revokes',
    verifies: true,
    inject: ({ revocation, pki, clock }) => {
      revocation.add(pki.timestampingCa, { ...ofAuthority, delta: true });
      const revokedAt = new Date(clock.now().getTime() - hour);
      revocation.setStatus(serialOf(pki.timestamping.certificate), { revokedAt, reason: 4 });
      return {};
    },
    attempts: ['CRL of the authority', 2],
    ends: 'CERTIFICATE_REVOKED',
    says: ['timestamping certificate', 'reason superseded', 'Do not use this artifact'],
  },
  {
    name: 'CRL delta CRL',
    variant: 'that is not there',
    verifies: true,
    inject: ({ revocation, pki }) => {
      revocation.add(pki.timestampingCa, { ...ofAuthority, delta: true });
      revocation.setFault(({ url }) => (url.pathname.endsWith('-delta.crl') ? plain(404) : undefined));
      return {};
    },
    attempts: ['CRL of the authority', 2],
    ends: 'REVOCATION_UNAVAILABLE',
    says: ['delta CRL', 'status 404'],
  },
  ...ocspModes(
    'OCSP tryLater',
    ({ revocation, pki }) => {
      revocation.add(pki.issuing, { name: 'issuing', ocspError: 'tryLater' });
    },
    'tryLater',
  ),
  ...ocspModes(
    'OCSP unknown',
    (world) => {
      world.revocation.setStatus(serialOf(world.signer().certificate), 'unknown');
    },
    'does not know the certificate',
  ),
  {
    name: 'OCSP revoked before/after signing time',
    variant: 'before',
    verifies: true,
    inject: revoked(-hour),
    attempts: ['OCSP of the leaf', 1],
    ends: 'CERTIFICATE_REVOKED',
    says: ['is revoked (since 20', 'reason keyCompromise', 'Do not use this artifact'],
  },
  {
    // Under notary.x509 no timestamp saves a revoked certificate (REV-6).
    name: 'OCSP revoked before/after signing time',
    variant: 'after',
    verifies: true,
    inject: revoked(hour),
    attempts: ['OCSP of the leaf', 1],
    ends: 'CERTIFICATE_REVOKED',
    says: ['is revoked (since 20', 'reason keyCompromise', 'Do not use this artifact'],
  },
  {
    // None is asked for (REV-11), and none comes back.
    name: 'OCSP nonce absent',
    verifies: true,
    inject: () => ({}),
    attempts: ['OCSP of the leaf', 1],
    ends: 'verified',
  },
  ...ocspModes(
    'OCSP responder cert expired',
    async ({ revocation, pki, clock }) => {
      const responder = await issue(pki.issuing, {
        ...{ subject: 'C=US, O=Emulated Corporation, CN=Emulated responder', keySpec: 'RSA-2048' },
        extendedKeyUsage: { purposes: [purpose.ocspSigning] },
        notAfter: new Date(clock.now().getTime() - hour),
      });
      revocation.add(pki.issuing, { name: 'issuing', responder });
    },
    'expired',
  ),
];
