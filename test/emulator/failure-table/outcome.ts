// How a row of the failure table came out, read from what a user has: the report, the log and the summary.

import type { ErrorCode } from '../../../shared/errors.ts';
import { listSignatures } from './listing.ts';
import { endpoints, isAt } from './mode.ts';
import type { Mode } from './mode.ts';
import type { Run } from './run.ts';
import type { FailureWorld } from './world.ts';

interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly remedy: string;
}

/** The parts of both reports that hold failures. */
interface Document {
  readonly failures?: readonly Failure[];
  readonly results?: readonly {
    readonly failure?: Failure;
    readonly signatures: readonly { readonly failure?: Failure }[];
  }[];
}

export interface Outcome {
  readonly attempts: number;
  readonly ends: string;
  readonly waits: readonly number[];
  /** Of what the row wants said, what nobody said. */
  readonly unsaid: readonly string[];
  /** Places where a secret stands. */
  readonly leaks: number;
  readonly listed: number;
  readonly broken: readonly string[];
}

export function outcomeOf(run: Run, mode: Mode, { acrContent, image }: FailureWorld): Outcome {
  const [endpoint] = mode.attempts;
  const failure = failureOf(run);
  const told = [failure?.message, failure?.remedy, ...run.log].join('\n');
  const { complete, broken } = listSignatures(acrContent, image.digest);
  return {
    attempts: run.received.filter(
      (request) => request.service === endpoints[endpoint].service && isAt(endpoint, request),
    ).length,
    ends: failure?.code ?? (run.report.document.results === undefined ? 'signed' : 'verified'),
    waits: run.slept,
    unsaid: (mode.says ?? []).filter((words) => !told.includes(words)),
    leaks: [...run.secrets].filter((secret) => run.text.includes(secret)).length,
    ...{ listed: complete, broken },
  };
}

export function failureOf({ report }: Run): Failure | undefined {
  if (report.success) return undefined;
  const { failures = [], results = [] } = report.document as Document;
  const ofSignatures = results.flatMap(({ signatures }) => signatures.flatMap(({ failure }) => failure ?? []));
  // That none verified says nothing yet; why each did not, does.
  const ofArtifacts = results
    .flatMap((result) => result.failure ?? [])
    .filter(({ code }) => code !== 'VERIFICATION_FAILED');
  const [failure] = [...failures, ...ofArtifacts, ...ofSignatures];
  if (failure === undefined) throw new Error(`no failure in ${JSON.stringify(report.document)}`);
  return failure;
}
