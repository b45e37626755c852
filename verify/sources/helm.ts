// The charts that a Helm chart depends on, as far as they are OCI artifacts. Chart.yaml may name a range of versions;
// Chart.lock names one. Helm documentation, "Charts" and "Use OCI-based registries".

import { parseReference } from '../../shared/oci/reference.ts';
import type { Reference } from '../../shared/oci/reference.ts';
import { trimRight } from './dockerfile-words.ts';
import { inFile, problem } from './image-use.ts';
import type { ImageUse, SourceFinding, SourceImages } from './image-use.ts';
import { fieldOf, itemsOf, mapOf, textOf } from './manifest-fields.ts';
import type { Located } from './yaml-documents.ts';

/** One version, and not a range of them. */
const exactVersion = /^v?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;
const ociScheme = 'oci://';

/** Chart.yaml or Chart.lock. */
export function isChart(document: Located): boolean {
  const fields = mapOf(document);
  if (fields === undefined || fields.has('kind')) return false;
  const isDescription = fields.has('apiVersion') && fields.has('name') && fields.has('version');
  return isDescription || (fields.has('dependencies') && fields.has('digest') && fields.has('generated'));
}

/** @throws NotaryError SOURCE_INVALID  a range of versions, or a bad name, with file and line */
export function chartImages(path: string, document: Located): SourceImages {
  const uses: ImageUse[] = [];
  const findings: SourceFinding[] = [];
  const tell = (line: number, message: string): void => {
    findings.push({ code: 'chart-not-followed', message, file: path, line });
  };
  for (const dependency of itemsOf(fieldOf(document, 'dependencies'))) {
    const name = textOf(fieldOf(dependency, 'name')) ?? '';
    const version = textOf(fieldOf(dependency, 'version')) ?? '';
    const repository = textOf(fieldOf(dependency, 'repository')) ?? '';
    const line = (fieldOf(dependency, 'repository') ?? dependency).line;
    if (!repository.startsWith(ociScheme)) {
      const origin = repository === '' ? 'the charts/ directory' : repository;
      tell(line, `chart "${name}" comes from ${origin}: no OCI artifact, so nothing signed to verify`);
      continue;
    }
    const reference = inFile(path)(line, () => chartReference(repository, name, version));
    uses.push({ reference, text: `${repository}/${name}:${version}`, role: 'helm', file: path, line, stage: name });
  }
  tell(
    document.line,
    'the images in the templates of a chart are not listed: render it with helm template, and name the result',
  );
  return { uses, findings };
}

function chartReference(repository: string, name: string, version: string): Reference {
  if (!exactVersion.test(version)) {
    throw problem(
      `chart "${name}": "${version}" is not one version`,
      'Write one version in quotes, or name Chart.lock in place of Chart.yaml.',
    );
  }
  // A tag has no "+"; helm writes "_" there.
  const tag = version.replace('+', '_');
  return parseReference(`${trimRight(repository.slice(ociScheme.length), /\//)}/${name}:${tag}`);
}
