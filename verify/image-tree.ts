// The flow over whole images: each target, then the manifests below its index, as far as they were asked for. An index
// and its manifests are signed each for itself; a manifest that several indexes share is verified once.

import { NotaryError } from '../shared/errors.ts';
import { mapConcurrently } from '../shared/host/concurrent.ts';
import { isIndex } from '../shared/oci/image-index.ts';
import { walkIndex } from '../shared/oci/index-walk.ts';
import type { IndexMember } from '../shared/oci/index-walk.ts';
import { atDigest } from '../shared/oci/layout-reference.ts';
import type { ArtifactReference } from '../shared/oci/layout-reference.ts';
import { repositoryName } from '../shared/oci/reference.ts';
import { chooseManifests } from './platform-choice.ts';
import type { Scope, Target } from './target.ts';
import { unsignedAction } from './unsigned.ts';
import type { UnsignedRules } from './unsigned.ts';
import { verdictOfFailure } from './verdict.ts';
import { verifyArtifact } from './verify.ts';
import type { ArtifactReport, Demands, VerifyServices } from './verify.ts';

export interface TreeDemands extends Demands {
  readonly onUnsigned: UnsignedRules;
}

interface Root {
  readonly report: ArtifactReport;
  readonly members: readonly IndexMember[];
}

/** A report for every target and every manifest, each index followed by what is below it. */
export async function verifyTargets(
  targets: readonly Target[],
  demands: TreeDemands,
  services: VerifyServices,
): Promise<readonly ArtifactReport[]> {
  const roots = await mapConcurrently(targets, demands.concurrency, async ({ artifact, places, scope }) => {
    const report = { ...(await verifyArtifact(artifact, demands, services)), places };
    const root = await listMembers(report, scope, demands, services);
    return { ...root, report: tolerate(root.report, demands) };
  });
  const seen = new Set(roots.flatMap(({ report }) => keyOf(report.artifact.reference, report.subject?.digest) ?? []));
  const children = roots.flatMap(({ report, members }) =>
    members.filter((member) => isFresh(report, member, seen)).map((member) => ({ report, member })),
  );
  const below = await mapConcurrently(children, demands.concurrency, async ({ report, member }) => ({
    root: report,
    report: await verifyMember(report, member, demands, services),
  }));
  return roots.flatMap(({ report }) => [
    report,
    ...below.filter(({ root }) => root === report).map((child) => child.report),
  ]);
}

/** What must verify below this root. A failure to find out becomes the root's own. */
async function listMembers(
  report: ArtifactReport,
  scope: Scope,
  demands: TreeDemands,
  { repository }: VerifyServices,
): Promise<Root> {
  const { artifact, subject } = report;
  if (subject === undefined || !isIndex(subject) || (scope !== 'all' && scope.length === 0)) {
    return { report, members: [] };
  }
  try {
    const members = await walkIndex(repository(artifact.reference), subject);
    if (scope === 'all') return { report, members };
    const chosen = scope.flatMap((platform) => chooseManifests(members, platform, artifact.text));
    return { report, members: [...new Set(chosen)] };
  } catch (error) {
    if (!(error instanceof NotaryError)) throw error;
    // A refusal says more than this, unless the user has waived it.
    const refused = report.failure !== undefined && tolerate(report, demands).tolerated === undefined;
    const failed = { verdict: verdictOfFailure(error), failure: error, reason: error };
    return { report: refused ? report : { ...report, ...failed }, members: [] };
  }
}

/** Whether nothing in the report stands for it yet. What is skipped here may be an image elsewhere, and takes no place. */
function isFresh(root: ArtifactReport, { descriptor, kind }: IndexMember, seen: Set<string>): boolean {
  const key = keyOf(root.artifact.reference, descriptor.digest);
  if (key === undefined || seen.has(key)) return false;
  if (isRunnable(kind)) seen.add(key);
  return true;
}

function isRunnable(kind: IndexMember['kind']): kind is 'manifest' | 'index' {
  return kind === 'manifest' || kind === 'index';
}

async function verifyMember(
  root: ArtifactReport,
  { descriptor, platform, kind }: IndexMember,
  demands: TreeDemands,
  services: VerifyServices,
): Promise<ArtifactReport> {
  const reference = atDigest(root.artifact.reference, descriptor.digest);
  const artifact = { text: `${repositoryName(reference)}@${descriptor.digest}`, reference };
  const position = {
    places: root.places ?? [],
    ...(root.subject && { parent: root.subject.digest }),
    ...(platform !== undefined && { platform }),
  };
  if (!isRunnable(kind)) {
    return { ...position, artifact, subject: descriptor, verdict: 'skipped', outcomes: [], skippedAs: kind };
  }
  const report = await verifyArtifact(artifact, demands, services);
  return { ...tolerate(report, demands), ...position };
}

function tolerate(report: ArtifactReport, { onUnsigned }: TreeDemands): ArtifactReport {
  if (report.verdict !== 'unsigned') return report;
  const action = unsignedAction(onUnsigned, report.artifact.reference);
  return action === 'fail' ? report : { ...report, tolerated: action };
}

function keyOf(reference: ArtifactReference, digest: string | undefined): string | undefined {
  return digest === undefined ? undefined : `${repositoryName(reference)}@${digest}`;
}
