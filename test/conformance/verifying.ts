// Judging one signature of a publisher whose certificates, policy and time a test chooses. The world is that of the
// verifier's own tests.

import type { StoredSignature } from '../../shared/oci/signatures.ts';
import type { TrustStores } from '../../shared/trust/store.ts';
import type { OpenPlugin } from '../../verify/installed-plugins.ts';
import { judgeSignature } from '../../verify/verifier.ts';
import type { Finding } from '../../verify/verifier.ts';
import {
  at,
  createAuthority,
  createPublisher,
  createResponders,
  services,
  sign,
  statement,
  storesOf,
  subject,
  yearLater,
} from '../unit/verify/world.ts';
import type { Party, Responders, SignOptions, StatementOptions } from '../unit/verify/world.ts';

export interface JudgeOptions extends SignOptions, StatementOptions {
  readonly signer?: Party;
  readonly at?: Date;
  readonly userMetadata?: Readonly<Record<string, string>>;
  readonly stored?: StoredSignature;
  readonly trust?: TrustStores;
  readonly responders?: Responders;
  /** Default: none may be run. */
  readonly plugins?: OpenPlugin;
}

export interface Verifying {
  /** Long-lived, and in the stores named acme. */
  readonly publisher: Party;
  /** In no store. */
  readonly stranger: Party;
  readonly authority: Party;
  /** Its certificate lives three days, around the signing time; in the stores named acme. */
  readonly shortLived: Party;
  readonly yearLater: Date;
  responders(): Responders;
  judge(options?: JudgeOptions): Promise<Finding>;
}

export async function createVerifying(): Promise<Verifying> {
  const [publisher, stranger, authority, shortLived] = await Promise.all([
    createPublisher(),
    createPublisher({}, 'stranger'),
    createAuthority(),
    createPublisher({
      subject: 'C=US, ST=WA, O=Acme, CN=publisher',
      notBefore: new Date('2024-12-30T12:00:00Z'),
      notAfter: new Date('2025-01-02T12:00:00Z'),
    }),
  ]);
  const anchors = [publisher.root, shortLived.root];
  const stores = storesOf({ 'ca:acme': anchors, 'signingAuthority:acme': anchors, 'tsa:acme': [authority.root] });
  const responders = () => createResponders(publisher, stranger, authority, shortLived);
  return {
    ...{ publisher, stranger, authority, shortLived, yearLater, responders },
    judge(options = {}) {
      const stored = options.stored ?? sign(options.signer ?? publisher, authority, options);
      const terms = {
        ...{ subject, at: options.at ?? at, userMetadata: options.userMetadata ?? {} },
        statement: statement(options),
      };
      const { plugins } = options;
      return judgeSignature(stored, terms, {
        ...services((options.responders ?? responders()).http, options.trust ?? stores),
        ...(plugins && { plugins }),
      });
    },
  };
}

/** "validation CODE" of each failure, and the code alone of one that belongs to no validation. */
export function codes({ results, failure }: Finding): readonly string[] {
  const found = results.flatMap(({ type, failure }) => (failure ? [`${type} ${failure.code}`] : []));
  const isTold = failure === undefined || results.some((result) => result.failure === failure);
  return isTold ? found : [...found, failure.code];
}
