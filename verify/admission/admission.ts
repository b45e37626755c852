// The same trust for those who admit what this step verified: Notation on a machine, Ratify in a cluster.

import type { Attachment } from '../../shared/github/report.ts';
import { registryOrigin } from '../../shared/oci/origin.ts';
import { isLayout } from '../../shared/oci/layout-reference.ts';
import type { ArtifactReference } from '../../shared/oci/layout-reference.ts';
import type { Trust } from '../trust.ts';
import type { UnsignedRules } from '../unsigned.ts';
import type { ArtifactReport } from '../verify.ts';
import { notationFiles } from './notation-files.ts';
import { portableTrust } from './portable-trust.ts';
import { ratifyConfig, ratifyResources } from './ratify-files.ts';

/** What the inputs ask of a verification beside the trust. */
export interface AdmissionTerms {
  readonly references: readonly ArtifactReference[];
  readonly plainHttp: ReadonlySet<string>;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly onUnsigned: UnsignedRules;
}

export interface Admission {
  readonly attachment: Attachment;
  /** Where the others will judge otherwise. */
  readonly differences: readonly string[];
}

/** @throws NotaryError POLICY_INVALID  what is trusted here cannot be said there */
export async function admissionConfig(
  trust: Trust,
  reports: readonly ArtifactReport[],
  terms: AdmissionTerms,
): Promise<Admission> {
  const portable = await portableTrust(trust, reports);
  const registries = terms.references.flatMap((reference) => (isLayout(reference) ? [] : [reference.registry]));
  const plain = registries.map((registry) => isPlain(registry, terms.plainHttp));
  const useHttp = plain.length > 0 && plain.every(Boolean);
  const differences = [
    ...portable.differences,
    ...differencesOf(terms),
    ...(!useHttp && plain.includes(true)
      ? ['Ratify speaks HTTP with all registries or with none: set useHttp in its store for those of plain-http.']
      : []),
  ];
  const content = (directory: string): ReadonlyMap<string, string> => {
    const trustStore = `${directory.replaceAll('\\', '/')}/notation/truststore`;
    return new Map([
      ['README.md', readme([...differences, commandLineStores])],
      ...Array.from(notationFiles(portable), ([path, text]) => [`notation/${path}`, text] as const),
      ['ratify-v1/config.json', ratifyConfig(portable, { useHttp, trustStore })],
      ['ratify-v1/resources.yaml', ratifyResources(portable, { useHttp })],
    ]);
  };
  return { attachment: { output: 'admission-config', name: 'admission', content }, differences };
}

function isPlain(registry: string, plainHttp: ReadonlySet<string>): boolean {
  return registryOrigin(registry, plainHttp).protocol === 'http:';
}

const commandLineStores =
  "Ratify's command line keeps no trust stores apart: in ratify-v1/config.json each certificate counts for every store, timestamp roots too. In a cluster they are kept apart.";

function differencesOf({ references, userMetadata, onUnsigned }: AdmissionTerms): readonly string[] {
  return [
    ...(references.some(isLayout)
      ? [
          'OCI layouts are verified by `NOTATION_EXPERIMENTAL=1 notation verify --oci-layout --scope REGISTRY/REPOSITORY DIRECTORY@DIGEST`; Ratify does not know them.',
        ]
      : []),
    ...(Object.keys(userMetadata).length > 0
      ? [
          'user-metadata is no part of a trust policy: give it to notation verify as --user-metadata; Ratify has no such check.',
        ]
      : []),
    ...(onUnsigned.some(({ action }) => action !== 'fail')
      ? ['on-unsigned is not known to Notation and Ratify: they refuse what carries no signature.']
      : []),
  ];
}

function readme(differences: readonly string[]): string {
  return [
    '# Admission configuration',
    '',
    'The trust of a verify step, for other verifiers.',
    '',
    '- `notation/`: trust policy and trust stores of Notation. `NOTATION_CONFIG=$PWD/notation notation verify IMAGE`',
    '- `ratify-v1/resources.yaml`: custom resources of Ratify 1.2 to 1.4. `kubectl apply -f ratify-v1/resources.yaml`',
    '- `ratify-v1/config.json`: its command line. `ratify verify -c ratify-v1/config.json -s IMAGE`. It names the trust',
    '  stores by their absolute path; correct `verificationCerts` after moving this directory.',
    '',
    '## Where they judge otherwise',
    '',
    ...differences.map((difference) => `- ${difference}`),
    '',
  ].join('\n');
}
