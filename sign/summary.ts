// The step summary of sign: one line that says it all, one row an artifact, what a verifier needs to trust the signer,
// then each failure with its fix. Interface, "The step summary".

import { failureItem } from '../shared/github/step.ts';
import { code, join, markup, preformatted, renderSummary, section, table } from '../shared/github/markdown.ts';
import type { Inline, Markdown } from '../shared/github/markdown.ts';
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
    table(['Artifact', 'Platform', 'Digest', 'Verdict', 'Signer', 'Signed'], outcomes.map(row)),
    ...section(
      'To note',
      Array.from(findings, (finding) => markup`- ${finding}`),
    ),
    ...section('What the dry run proved', provedItems(rehearsed)),
    ...section('What did not get signed', failed),
    ...section('To verify these signatures', signerItems(signed)),
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

function row({ artifact, platform, result }: SignOutcome): readonly Inline[] {
  const start = [code(artifact.text), platform ?? ''];
  if ('omission' in result) return [...start, '', markup`skipped: ${result.omission.reason}`, '', ''];
  if ('failure' in result) return [...start, '', markup`❌ ${code(result.failure.code)}`, '', ''];
  if ('rehearsed' in result) return [...start, code(result.rehearsed.subject.digest), '✅ dry run', '', ''];
  const { signed } = result;
  return [
    ...start,
    code(signed.subject.digest),
    signed.action === 'signed' ? '✅ signed' : '✅ signed before',
    signed.signer.subject,
    signedAt(signed),
  ];
}

function signedAt({ signingTime, stamp, chain: [leaf] }: Signed): Markdown {
  if (stamp !== undefined) return markup`${stamp.evidence.genTime.toISOString()}, timestamped`;
  return markup`${signingTime.toISOString()}, **not timestamped**: verifies until ${leaf.notAfter.toISOString()}`;
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
