// What a run hands over beside its verdicts: build contexts, and the configuration of other verifiers.

import { NotaryError } from '../shared/errors.ts';
import { describeFailure } from '../shared/github/failure.ts';
import type { Failure } from '../shared/github/failure.ts';
import type { Attachment } from '../shared/github/report.ts';
import { admissionConfig } from './admission/admission.ts';
import type { AdmissionTerms } from './admission/admission.ts';
import type { VerifyInputs } from './inputs.ts';
import type { SourceFinding } from './sources/image-use.ts';
import { buildContexts } from './sources/build-contexts.ts';
import type { Trust } from './trust.ts';
import { passes } from './verdict.ts';
import type { ArtifactReport } from './verify.ts';

export interface Extras {
  /** Whether the step summary is wanted. */
  readonly summary: boolean;
  /** What the files did not show; undefined where no files were given. */
  readonly findings?: readonly SourceFinding[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly attachments?: readonly Attachment[];
  /** For people, about what was handed over. */
  readonly notes: readonly string[];
  /** What was asked for and could not be made: the step fails. */
  readonly failures: readonly Failure[];
}

export async function gatherExtras(
  inputs: VerifyInputs,
  trust: Trust,
  reports: readonly ArtifactReport[],
): Promise<Extras> {
  const { sources, summary, writeAdmissionConfig, plugins } = inputs;
  const failures: Failure[] = [];
  const contexts = sources && (await unlessFailing(failures, () => contextsOf(reports, sources.stageNames)));
  const admission = writeAdmissionConfig
    ? await unlessFailing(failures, () => admissionConfig(trust, reports, termsOf(inputs)))
    : undefined;
  return {
    summary,
    ...(sources && { findings: sources.findings }),
    ...(contexts && { outputs: { 'build-contexts': contexts.join('\n') } }),
    ...(admission && { attachments: [admission.attachment] }),
    notes: [...(admission?.differences ?? []), ...(admission && plugins ? [pluginsNote] : [])].map(
      (difference) => `admission-config: ${difference}`,
    ),
    failures,
  };
}

const pluginsNote =
  'verification plugins are programs, and no part of it: install those of plugin-directory there, too';

/** The verdicts are told whatever comes after them. */
async function unlessFailing<T>(failures: Failure[], make: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
    failures.push(describeFailure(error));
    return undefined;
  }
}

function termsOf({ userMetadata, onUnsigned, registry, targets }: VerifyInputs): AdmissionTerms {
  const references = targets.map(({ artifact }) => artifact.reference);
  return { references, plainHttp: registry.plainHttp, userMetadata, onUnsigned };
}

/**
 * The lines for every image that passed. One that the user accepts unsigned is held to what it was now, too; one that
 * was refused has no line, and the step fails.
 */
export function contextsOf(reports: readonly ArtifactReport[], stageNames: readonly string[]): readonly string[] {
  const uses = reports
    .filter((report) => report.parent === undefined && passes(report))
    .flatMap(({ places = [], subject }) =>
      subject === undefined ? [] : places.map((use) => ({ use, digest: subject.digest })),
    );
  return buildContexts(uses, stageNames);
}
