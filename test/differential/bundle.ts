// The verdicts of the bundle as GitHub runs it: one process for all cases that share trust and demands.

import { join } from 'node:path';

import { runAction } from '../support/runner.ts';
import type { Case } from './publication.ts';

export interface BundleResult {
  /** As the interface has it: "verified", "revoked" … */
  readonly verdict: string;
  readonly accepted: boolean;
  /** Code of the failure that decided. */
  readonly code?: string;
  /** Of the last signature that was looked at: what failed and was only logged, as "revocation CERTIFICATE_REVOKED". */
  readonly logged: readonly string[];
}

interface Report {
  readonly reference: string;
  readonly verdict: string;
  readonly reason?: { readonly code: string };
  readonly signatures: readonly {
    readonly validations?: readonly { type: string; action: string; failure?: { code: string } }[];
  }[];
}

/** By name. The cases must have one configuration, and demand nothing. */
export async function runBundle(cases: readonly Case[]): Promise<ReadonlyMap<string, BundleResult>> {
  const [first] = cases;
  if (first === undefined) return new Map();
  const result = await runAction({
    main: 'dist/verify/index.js',
    timeoutMs: 120_000,
    inputs: {
      artifacts: cases.map(({ reference }) => reference).join('\n'),
      'trust-policy': join(first.configuration, 'trustpolicy.json'),
      'trust-store': join(first.configuration, 'truststore'),
      concurrency: '8',
    },
  });
  // Not the output, which stays empty where there are many.
  const { results } = (result.report ?? { results: [] }) as { readonly results: readonly Report[] };
  const byReference = new Map(results.map((report) => [report.reference, report]));
  return new Map(
    cases.map(({ name, reference }) => {
      const report = byReference.get(reference);
      if (report === undefined) throw new Error(`the bundle says nothing about ${name}\n${result.stdout}`);
      return [name, summarize(report)];
    }),
  );
}

function summarize({ verdict, reason, signatures }: Report): BundleResult {
  const validations = signatures.at(-1)?.validations ?? [];
  const logged = validations.flatMap(({ type, action, failure }) =>
    action === 'log' && failure ? [`${type} ${failure.code}`] : [],
  );
  const accepted = verdict === 'verified' || verdict === 'skipped';
  return { verdict, accepted, logged, ...(reason && { code: reason.code }) };
}
