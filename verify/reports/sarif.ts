// Findings on the lines that name images, for code scanning. SARIF 2.1.0 (OASIS); rules are the verdicts, and the codes
// of what could not be seen in a file, so that they stay the same from run to run.

import { productName } from '../../shared/version.ts';
import type { FindingCode, SourceFinding } from '../sources/image-use.ts';
import { passes } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import type { ArtifactReport } from '../verify.ts';
import type { Place } from '../target.ts';

type Level = 'error' | 'warning' | 'note';

const ruleTexts: Readonly<Record<Exclude<Verdict, 'verified' | 'skipped'>, string>> = {
  unsigned: 'The image carries no Notary Project signature.',
  untrusted: 'The image is signed, but by nobody whom the policy trusts.',
  invalid: 'The signature of the image is damaged, or was made for another image.',
  expired: 'The signature of the image, or the certificate of its signer, is no longer valid.',
  revoked: 'The certificate that signed the image was revoked.',
  error: 'It could not be found out whether the image is signed; running again may help.',
};

/** Every base image may have ONBUILD instructions: what holds for each file and cannot be mended is no finding here. */
type ShownFinding = Exclude<FindingCode, 'onbuild-not-visible'>;

const findingTexts: Readonly<Record<ShownFinding, string>> = {
  'context-not-used': 'The build fetches this image by its name, whatever build context there is.',
  'frontend-not-pinned': 'The Dockerfile frontend is an image too, and a build context cannot pin it.',
  'frontend-unknown': 'The file is read by a frontend whose language is not known here.',
  'build-not-followed': 'The file builds an image from another file, which was not read.',
  'include-not-followed': 'The file includes another file, which was not read.',
  'chart-not-followed': 'The file depends on a chart that was not read.',
  'kind-unknown': 'The file holds an object whose images are not known here.',
};

/** The text of the file. */
export function renderSarif(reports: readonly ArtifactReport[], findings: readonly SourceFinding[]): string {
  const results = [...reports.flatMap(resultsOf), ...findings.flatMap(resultOfFinding)];
  const used = new Set(results.map(({ ruleId }) => ruleId));
  const texts = Object.entries({ ...ruleTexts, ...findingTexts });
  const rules = texts
    .filter(([id]) => used.has(id) || id in ruleTexts)
    .map(([id, text]) => ({ id, shortDescription: { text }, helpUri }));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'notary-actions', semanticVersion: productName.split('/').at(-1), rules } },
        // Where the paths start: the root of the repository, as code scanning takes it.
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repository.' } } },
        columnKind: 'utf16CodeUnits',
        results: results.map((result) => ({ ...result, ruleIndex: rules.findIndex(({ id }) => id === result.ruleId) })),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const helpUri = 'https://notaryproject.dev/docs/';

interface Result {
  readonly ruleId: string;
  readonly level: Level;
  readonly message: { readonly text: string };
  readonly locations: readonly unknown[];
}

function resultsOf(report: ArtifactReport): readonly Result[] {
  const { artifact, verdict, platform, reason } = report;
  if (passes(report) && report.tolerated !== 'warn') return [];
  const name = `${artifact.text}${platform === undefined ? '' : ` (${platform})`}`;
  const why = reason === undefined ? '' : ` ${reason.code}: ${reason.message}. ${reason.remedy}`;
  const text = `${name} is ${verdict === 'error' ? 'not verified' : verdict}.${why}`;
  const level = report.tolerated === 'warn' ? 'warning' : 'error';
  return (report.places ?? []).map((place) => ({
    ...{ ruleId: verdict, level, message: { text } },
    locations: [locationOf(place)],
  }));
}

function resultOfFinding({ code, message, file, line }: SourceFinding): readonly Result[] {
  if (code === 'onbuild-not-visible') return [];
  return [{ ruleId: code, level: 'note', message: { text: message }, locations: [locationOf({ file, line })] }];
}

function locationOf({ file, line }: Pick<Place, 'file' | 'line'>): unknown {
  const uri = file.split('/').map(encodeURIComponent).join('/');
  return {
    physicalLocation: { artifactLocation: { uri, uriBaseId: 'SRCROOT' }, region: { startLine: line } },
  };
}
