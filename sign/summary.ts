// The step summary of sign: one line that says it all, one row an artifact, what a verifier needs to trust the signer,
// then each failure with its fix. Interface, "The step summary".

import {
  digestCell,
  fullDigests,
  memberCell,
  nameCell,
  timeCell,
  verdictCell,
} from '../shared/action/summary-cells.ts';
import type { FullDigest } from '../shared/action/summary-cells.ts';
import { failureItem } from '../shared/github/step.ts';
import { code, join, markup, preformatted, renderSummary, section, table } from '../shared/github/markdown.ts';
import type { Inline, Markdown, Section } from '../shared/github/markdown.ts';
import { untried } from './rehearsal.ts';
import type { Rehearsal } from './rehearsal.ts';
import { presetOf } from './signer.ts';
import type { Signed, SignOutcome } from './sign.ts';

export function renderReport(outcomes: readonly SignOutcome[]): string {
  const signed = outcomes.flatMap(({ result }) => ('signed' in result ? [result.signed] : []));
  const failed = outcomes.flatMap(({ artifact, result }) =>
    'failure' in result ? [failureItem(result.failure, code(artifact.text))] : [],
  );
  const attempted = outcomes.filter(({ result }) => !('omission' in result));
  const rehearsed = outcomes.flatMap(({ result }) => ('rehearsed' in result ? [result.rehearsed] : []));
  const findings = new Set(signed.flatMap((one) => one.findings));
  return renderSummary([
    {
      opening:
        rehearsed.length > 0
          ? dryHeadline(rehearsed.length, attempted.length)
          : headline(signed.length, attempted.length),
      items: [],
    },
    resultTable(outcomes),
    ...section(
      'To note',
      Array.from(findings, (finding) => markup`- ${finding}`),
    ),
    ...section('What the dry run proved', provedItems(rehearsed)),
    ...section('What did not get signed', failed),
    ...section('To verify these signatures', signerItems(signed)),
    ...fullDigests(outcomes.flatMap(fullDigest)),
  ]);
}

function headline(signed: number, all: number): Markdown {
  const counts = `${signed} of ${all} artifacts signed`;
  return signed === all ? markup`## ✅ ${counts}` : markup`## ❌ ${counts}`;
}

function dryHeadline(passed: number, all: number): Markdown {
  const counts = `Dry run: ${passed} of ${all} artifacts passed, and nothing was stored`;
  return passed === all ? markup`## ✅ ${counts}` : markup`## ❌ ${counts}`;
}

/** What holds for the whole run is the same sentence for every artifact, and said once. */
function provedItems(rehearsed: readonly Rehearsal[]): readonly Markdown[] {
  const sentences = new Set(rehearsed.flatMap(({ proved }) => proved));
  if (sentences.size === 0) return [];
  return [...sentences, untried].map((sentence) => markup`- ${sentence}`);
}

function resultTable(outcomes: readonly SignOutcome[]): Section {
  const rows = outcomes.map((outcome, index) => {
    const { artifact, platform } = outcome;
    const [verdict, ...rest] = row(outcome, outcomes[index - 1]);
    return [verdict, platform === undefined ? nameCell(artifact.text) : memberCell(platform), ...rest];
  });
  return table(['Verdict', 'Artifact', 'Digest', 'Signer', 'Signed'], rows);
}

type Cells = readonly [verdict: Inline, digest: Inline, signer: Inline, signed: Inline];

/** @param above  the row above: a signer of both is not repeated */
function row({ artifact, result }: SignOutcome, above: SignOutcome | undefined): Cells {
  const digest = artifact.reference.digest === undefined ? '' : digestCell(artifact.reference.digest);
  if ('omission' in result) return [verdictCell('⏭️', 'skipped'), digest, result.omission.reason, ''];
  if ('failure' in result) return [verdictCell('❌', 'failed'), digest, code(result.failure.code), ''];
  if ('rehearsed' in result) {
    return [verdictCell('✅', 'dry run'), digestCell(result.rehearsed.subject.digest), '', ''];
  }
  const { signed } = result;
  const isSame = above !== undefined && 'signed' in above.result && isSameSigner(above.result.signed, signed);
  return [
    verdictCell('✅', signed.action === 'signed' ? 'signed' : 'signed before'),
    digestCell(signed.subject.digest),
    isSame ? 'the same' : signed.signer.subject,
    signedAt(signed),
  ];
}

function isSameSigner(a: Signed, b: Signed): boolean {
  return a.signer.subject === b.signer.subject;
}

function signedAt({ signingTime, stamp, chain: [leaf] }: Signed): Markdown {
  if (stamp !== undefined) return timeCell(stamp.evidence.genTime, 'timestamped');
  return timeCell(signingTime, markup`**not timestamped**: verifies until ${leaf.notAfter.toISOString()}`);
}

function fullDigest({ platform, result }: SignOutcome): readonly FullDigest[] {
  if (!('signed' in result)) return [];
  const { name: reference, action } = result.signed;
  const verdict = action === 'signed' ? action : 'signed before';
  return [{ reference, verdict, ...(platform !== undefined && { platform }) }];
}

/** One item a signer: daily renewed certificates of one profile share what a verifier needs. */
function signerItems(signed: readonly Signed[]): readonly Markdown[] {
  const items = new Map<string, Markdown>();
  for (const one of signed) {
    const lines = verifyLines(one);
    items.set(lines.join('\n'), signerItem(one, lines));
  }
  return [...items.values()];
}

function signerItem({ signer, stamp }: Signed, lines: readonly string[]): Markdown {
  const authority = stamp?.evidence.chain.at(-1);
  const parts = [
    markup`Chain root: ${signer.root} ${code(`sha256:${signer.rootFingerprint}`)}`,
    ...(signer.durableIdentity === undefined
      ? []
      : [markup`Durable identity of the certificate profile: ${code(signer.durableIdentity)}`]),
    ...(authority === undefined
      ? []
      : [markup`Root of the timestamp authority: ${code(`sha256:${authority.fingerprint}`)}`]),
  ];
  return markup`${join(parts, '<br>\n')}\n\n${preformatted(lines)}\n`;
}

/** The inputs of verify. */
function verifyLines({ signer, stamp }: Signed): readonly string[] {
  const authority = stamp?.evidence.chain.at(-1);
  // Not a fingerprint: timestamps seldom carry their root.
  const authorityRoot =
    authority && (presetOf(authority, 'timestamping') ?? 'the file that timestamp-roots names here');
  const identity = signer.durableIdentity === undefined ? undefined : `x509.eku: ${signer.durableIdentity}`;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['trusted-roots', signer.trustedRoot],
    ['trusted-timestamp-roots', authorityRoot],
    ['trusted-identities', signer.trustedIdentity ?? identity],
  ];
  return lines.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`]));
}
