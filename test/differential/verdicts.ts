// The two verdicts about a case: ours by the verifier's own flow in this process, theirs by a process of notation.

import { execFile } from 'node:child_process';
import { join } from 'node:path';

import { NotaryError } from '../../shared/errors.ts';
import { files } from '../../shared/host/files.ts';
import { createHttp } from '../../shared/host/http.ts';
import { parseReference } from '../../shared/oci/reference.ts';
import { Registry } from '../../shared/oci/registry.ts';
import { RevocationChecker } from '../../shared/revocation/revocation.ts';
import { productName } from '../../shared/version.ts';
import { loadTrust } from '../../verify/trust.ts';
import { isAccepted } from '../../verify/verdict.ts';
import { verifyArtifacts } from '../../verify/verify.ts';
import type { ArtifactReport } from '../../verify/verify.ts';
import { peer } from '../peers/peers.ts';
import type { Case } from './publication.ts';

export interface Verdict {
  readonly accepted: boolean;
  /** Why not, or what was only logged. */
  readonly detail: string;
}

export type Verifier = (item: Case) => Promise<Verdict>;

export function ours(): { readonly verify: Verifier; readonly close: () => Promise<void> } {
  const client = createHttp({ signal: new AbortController().signal, userAgent: productName, environment: {} });
  const { http } = client;
  const verify: Verifier = async (item) => {
    try {
      const trust = await loadTrust(files, {
        kind: 'document',
        policy: join(item.configuration, 'trustpolicy.json'),
        store: join(item.configuration, 'truststore'),
      });
      const registry = new Registry({ http, credentials: () => Promise.resolve(undefined), plainHttp: new Set() });
      const artifact = { text: item.reference, reference: parseReference(item.reference) };
      const { metadata: userMetadata, maxSignatures } = item;
      const [report] = await verifyArtifacts(
        [artifact],
        { userMetadata, maxSignatures, concurrency: 1, at: new Date() },
        {
          ...trust,
          revocation: new RevocationChecker(http),
          repository: (reference) => registry.repository(reference, 'pull'),
        },
      );
      return verdictOf(report!);
    } catch (error) {
      // The policy and the reference are refused before there is a report; anything else is a defect.
      if (error instanceof NotaryError) return { accepted: false, detail: describe(error) };
      throw error;
    }
  };
  return { verify, close: () => client.close() };
}

function verdictOf({ verdict, failure, outcomes }: ArtifactReport): Verdict {
  const accepted = isAccepted(verdict);
  const passed = outcomes.find((outcome) => outcome.failure === undefined);
  const logged = (passed?.finding?.results ?? []).flatMap(({ type, failure: why }) =>
    why ? `${type}: ${describe(why)}` : [],
  );
  const failures = outcomes.flatMap((outcome) => (outcome.failure ? describe(outcome.failure) : []));
  if (accepted) return { accepted, detail: [verdict, ...logged].join('; ') };
  return { accepted, detail: failures.length > 0 ? failures.join('; ') : failure ? describe(failure) : verdict };
}

const describe = ({ code, message }: NotaryError): string => `${code} ${message}`;

export function theirs(cache: string): Verifier {
  return ({ reference, configuration, metadata, maxSignatures }) => {
    const flags = Object.entries(metadata).flatMap(([key, value]) => ['--user-metadata', `${key}=${value}`]);
    const args = ['verify', reference, '--verbose', '--max-signatures', String(maxSignatures), ...flags];
    const env = { PATH: process.env.PATH ?? '', HOME: cache, NOTATION_CONFIG: configuration, NOTATION_CACHE: cache };
    return new Promise((resolve, reject) => {
      execFile(peer('notation'), args, { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        const output = (stdout + stderr).replaceAll(/^level=(info|warning msg=Certificate) .*\n/gm, '').trim();
        if (error === null) resolve({ accepted: true, detail: output });
        // Refused is exit code 1; a panic of Go is 2, and no verdict.
        else if (error.code === 1 && !output.includes('panic:')) resolve({ accepted: false, detail: output });
        else reject(new Error(`notation: ${error.message}\n${output}`));
      });
    });
  };
}
