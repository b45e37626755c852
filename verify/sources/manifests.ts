// A file of manifests: each document is read for what it is, a Compose file, a Kubernetes object or a Helm chart.

import { chartImages, isChart } from './helm.ts';
import { composeImages, isCompose } from './compose.ts';
import { sourceError } from './image-use.ts';
import type { SourceFile, SourceImages } from './image-use.ts';
import { isKubernetes, kubernetesImages } from './kubernetes.ts';
import { readYaml } from './yaml-documents.ts';

/**
 * @param variables  for Compose files: what Compose would take from its environment
 * @throws NotaryError SOURCE_INVALID  a document that is none of these, or cannot be read, with file and line
 */
export function manifestImages(
  file: SourceFile,
  variables: Readonly<Record<string, string | undefined>>,
): SourceImages {
  const documents = readYaml(file);
  if (documents.length === 0) throw sourceError(file.path, 1, 'has no documents');
  const known = new Map(
    Object.entries(variables).flatMap(([name, text]) =>
      text === undefined ? [] : [[name, { text, unresolved: [] }] as const],
    ),
  );
  const images = documents.map((document): SourceImages => {
    if (isKubernetes(document)) return kubernetesImages(file.path, document);
    if (isCompose(document)) return composeImages(file.path, document, known);
    if (isChart(document)) return chartImages(file.path, document);
    throw sourceError(file.path, document.line, 'is neither a Compose file, nor a Kubernetes object, nor a Helm chart');
  });
  return { uses: images.flatMap(({ uses }) => uses), findings: images.flatMap(({ findings }) => findings) };
}
