// Ratify v1: the configuration of its command line, and the custom resources of its admission controller (API group
// config.ratify.deislabs.io/v1beta1, Ratify 1.2 to 1.4).

import { signatureArtifactType } from '../../shared/oci/signatures.ts';
import { encodePem, storePath, trustPolicyDocument } from './notation-files.ts';
import type { PortableStore, PortableTrust } from './portable-trust.ts';
import { writeYaml } from './yaml.ts';

export interface RatifySettings {
  /** Whether every registry is spoken to over HTTP; Ratify knows only all or none. */
  readonly useHttp: boolean;
  /** Of the Notation trust stores, absolute. */
  readonly trustStore: string;
}

const verifierName = 'notation';

/** One good signature suffices, as for Notation, and other referrers such as SBOMs are no matter. */
const policy = { name: 'configPolicy', artifactVerificationPolicies: { [signatureArtifactType]: 'any' } };

/**
 * config.json for `ratify verify -c`.
 *
 * The command line knows no stores by type: whatever lies in verificationCerts counts for each of them.
 */
export function ratifyConfig(trust: PortableTrust, { useHttp, trustStore }: RatifySettings): string {
  const verifier = {
    name: verifierName,
    artifactTypes: signatureArtifactType,
    verificationCerts: trust.stores.map((store) => `${trustStore}/${storePath(store)}`),
    trustPolicyDoc: trustPolicyDocument(trust),
  };
  const config = {
    store: { version: '1.0.0', plugins: [{ name: 'oras', ...(useHttp && { useHttp }) }] },
    policy: { version: '1.0.0', plugin: policy },
    verifier: { version: '1.0.0', plugins: [verifier] },
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

/** Custom resources for `kubectl apply -f`: nothing outside the file is needed. */
export function ratifyResources(trust: PortableTrust, { useHttp }: Pick<RatifySettings, 'useHttp'>): string {
  const providers = trust.stores.map((store, index) => ({ store, name: providerName(store, index) }));
  const stores: Record<string, Record<string, readonly string[]>> = {};
  for (const { store, name } of providers) (stores[store.type] ??= {})[store.name] = [name];
  const resources = [
    ...providers.map(({ store, name }) =>
      resource('KeyManagementProvider', name, {
        type: 'inline',
        parameters: { contentType: 'certificate', value: store.certificates.map(encodePem).join('') },
      }),
    ),
    resource('Store', 'store-oras', {
      name: 'oras',
      parameters: { cacheEnabled: true, ttl: 10, ...(useHttp && { useHttp }) },
    }),
    resource('Verifier', 'verifier-notation', {
      name: verifierName,
      artifactTypes: signatureArtifactType,
      parameters: { verificationCertStores: stores, trustPolicyDoc: trustPolicyDocument(trust) },
    }),
    // The controller takes the one policy of this name.
    resource('Policy', 'ratify-policy', {
      type: 'config-policy',
      parameters: { artifactVerificationPolicies: policy.artifactVerificationPolicies },
    }),
  ];
  return resources.map((one) => `---\n${writeYaml(one)}`).join('');
}

function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: 'config.ratify.deislabs.io/v1beta1', kind, metadata: { name }, spec };
}

/** A name that Kubernetes takes: the names of stores may have capitals and underscores. */
function providerName({ type, name }: PortableStore, index: number): string {
  const plain = `${type}-${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `notation-${index + 1}-${plain.slice(0, 40).replaceAll(/^-|-$/g, '')}`;
}
