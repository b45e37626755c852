// Failure modes of the timestamp authority. azure.md 2.1, 2.2, 8.3.

import type { ErrorCode } from '../../../shared/errors.ts';
import { issue, purpose, timestampingChain } from '../../support/ca.ts';
import type { CertificateOptions, Issued } from '../../support/ca.ts';
import type { TsaDeviation, TsaDeviationName } from '../../support/tsa.ts';
import { messageImprint } from '../../support/tsa-token.ts';
import { always, answering, answeringFirst, backoff, firstLook, plain } from './mode.ts';
import type { Mode } from './mode.ts';
import type { FailureWorld } from './world.ts';

const deviating = (deviation: TsaDeviation | TsaDeviationName) => (world: FailureWorld) => {
  world.tsa.deviate(deviation);
  return {};
};

const afterAll = (...waits: readonly number[]): readonly number[] => [...firstLook, ...waits];

/** azure.md 9: what it would have meant, and that nothing was done; which authority it was. */
const notPushed = ['would end with its certificate', 'nothing was pushed', '/tsa'];

const refused = (
  name: string,
  deviation: TsaDeviation | TsaDeviationName,
  ends: ErrorCode,
  ...says: string[]
): Mode => ({
  ...{ name, ends },
  inject: deviating(deviation),
  attempts: ['timestamp', 1],
  says: [...says, ...notPushed],
});

const accepted = (name: string, deviation: TsaDeviation | TsaDeviationName): Mode => ({
  ...{ name, ends: 'signed' },
  inject: deviating(deviation),
  attempts: ['timestamp', 1],
});

const day = 86_400_000;

/** A certificate of the same authority that differs from its usual one. */
const authority = (world: FailureWorld, change: Partial<CertificateOptions>): Promise<Issued> =>
  issue(world.pki.timestampingCa, {
    ...{ subject: 'C=US, O=Emulated Corporation, CN=Emulated odd time', keySpec: 'RSA-2048' },
    ...{ extendedKeyUsage: { purposes: [purpose.timeStamping], critical: true } },
    ...change,
  });
const stampedBy = (chain: (world: FailureWorld) => Promise<Issued>) => async (world: FailureWorld) => {
  world.tsa.deviate({ token: { chain: await chain(world) } });
  return {};
};

const trouble = '404/500/503/timeout';
const rejection = 'status rejected with failInfo (badAlg, timeNotAvailable)';

export const timestampModes: readonly Mode[] = [
  {
    ...refused(trouble, {}, 'TIMESTAMP_REJECTED', 'HTTP status 404', 'check timestamp-url'),
    variant: '404',
    inject: answering('timestamp', plain(404)),
  },
  {
    name: trouble,
    variant: '500 once',
    inject: answeringFirst('timestamp', plain(500)),
    attempts: ['timestamp', 2],
    waits: afterAll(100),
    ends: 'signed',
  },
  {
    name: trouble,
    variant: '503 every time',
    inject: answering('timestamp', plain(503)),
    attempts: ['timestamp', 4],
    waits: afterAll(...backoff),
    ends: 'TIMESTAMP_UNAVAILABLE',
    says: ['HTTP status 503', 'run the job again or name a second one in timestamp-url', ...notPushed],
  },
  {
    name: trouble,
    variant: 'timeout',
    inject: (world) => {
      world.hurry(({ url }) => url.pathname === '/tsa');
      world.tsa.setFault(always('timestamp', 'hang'));
      return {};
    },
    attempts: ['timestamp', 4],
    waits: afterAll(...backoff),
    ends: 'TIMESTAMP_UNAVAILABLE',
    says: ['no complete answer within', 'name a second one in timestamp-url', ...notPushed],
  },
  refused(
    'wrong content type',
    'wrong content type',
    'TIMESTAMP_UNAVAILABLE',
    'content type of the reply is text/html',
  ),
  {
    ...refused(
      rejection,
      { status: { status: 2, text: ['no such algorithm here'], failInfo: [0] }, withoutToken: true },
      'TIMESTAMP_REJECTED',
      ...['rejection (badAlg): no such algorithm here', 'check timestamp-url'],
    ),
    variant: 'badAlg',
  },
  {
    ...refused(
      rejection,
      { status: { status: 2, failInfo: [14] }, withoutToken: true },
      'TIMESTAMP_UNAVAILABLE',
      ...['rejection (timeNotAvailable)', 'run the job again or name a second one in timestamp-url'],
    ),
    variant: 'timeNotAvailable',
  },
  accepted('grantedWithMods', 'granted with mods'),
  refused('wrong nonce', 'wrong nonce', 'TIMESTAMP_INVALID', 'nonce', 'timestamp-url'),
  refused('no nonce', 'no nonce', 'TIMESTAMP_INVALID', 'it has no nonce', 'timestamp-url'),
  refused('wrong imprint', 'wrong imprint', 'TIMESTAMP_INVALID', 'message imprint is not ours', 'timestamp-url'),
  refused(
    'wrong hash alg',
    { token: { messageImprint: messageImprint('sha256', Buffer.from('another hash')) } },
    'TIMESTAMP_INVALID',
    ...['message imprint is not ours', 'timestamp-url'],
  ),
  refused('certReq ignored', 'certReq ignored', 'TIMESTAMP_INVALID', 'certificate', 'timestamp-url'),
  {
    ...refused('untrusted root', {}, 'TRUST_ANCHOR_NOT_FOUND', 'acme tsa', 'timestamp-roots'),
    inject: stampedBy(() => timestampingChain()),
  },
  {
    ...refused('expired TSA cert', {}, 'TIMESTAMP_INVALID', 'Emulated odd time', 'Name another authority'),
    inject: stampedBy((world) =>
      authority(world, { notAfter: new Date(world.clock.now().getTime() - day), notBefore: new Date(0) }),
    ),
  },
  {
    ...refused('non-critical EKU', {}, 'TIMESTAMP_INVALID', 'Emulated odd time', 'critical', 'Name another authority'),
    inject: stampedBy((world) => authority(world, { extendedKeyUsage: { purposes: [purpose.timeStamping] } })),
  },
  refused('signingCertificate v1 only', 'signingCertificate v1 only', 'TIMESTAMP_INVALID', 'signingCertificateV2'),
  {
    ...refused(
      'genTime outside leaf validity',
      {},
      'TIMESTAMP_INVALID',
      ...['outside the validity of the certificate', 'CN=Emulated Publisher', 'clock', 'Name another authority'],
    ),
    inject: (world) => deviating({ token: { at: new Date(world.clock.now().getTime() + 4 * day) } })(world),
  },
  accepted('whole-second genTime', 'whole-second genTime'),
  accepted('missing accuracy', 'missing accuracy'),
  refused('oversize body', 'oversize', 'TIMESTAMP_UNAVAILABLE', 'over 1048575 bytes'),
  refused('truncated DER', 'truncated', 'TIMESTAMP_UNAVAILABLE', 'timestamp reply'),
];
