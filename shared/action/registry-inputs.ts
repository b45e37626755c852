// The inputs about registries.

import type { AzureCredential } from '../azure/credential.ts';
import { host, linesOf, text } from '../github/input-values.ts';
import type { InputReader } from '../github/inputs.ts';
import { isLayout } from '../oci/layout-reference.ts';
import type { Artifact } from './artifact.ts';
import { readAzureInputs } from './azure-inputs.ts';
import type { Surroundings } from './azure-inputs.ts';

export interface RegistryInputs {
  /** For the one registry that all artifacts are in. */
  readonly login?: { readonly registry: string; readonly username: string; readonly password: string };
  /** For tokens of ACR, and of the services that hold keys. */
  readonly azure?: AzureCredential;
  readonly plainHttp: ReadonlySet<string>;
}

export async function readRegistryInputs(
  reader: InputReader,
  artifacts: readonly Artifact[],
  surroundings: Surroundings,
): Promise<RegistryInputs> {
  const login = readLogin(reader, artifacts);
  const azure = await readAzureInputs(reader, surroundings);
  const plainHttp = new Set(reader.withDefault('plain-http', linesOf(host), []));
  return { plainHttp, ...(login && { login }), ...(azure && { azure }) };
}

function readLogin(reader: InputReader, artifacts: readonly Artifact[]): RegistryInputs['login'] {
  reader.together('registry-username', 'registry-password');
  const username = reader.optional('registry-username', text);
  const password = reader.optional('registry-password', text);
  const [registry, ...others] = new Set(
    artifacts.flatMap(({ reference }) => (isLayout(reference) ? [] : [reference.registry])),
  );
  if (username === undefined || password === undefined || registry === undefined) return undefined;
  // Sent to every registry named, a password would end up with whoever runs the second one.
  if (others.length > 0) {
    reader.refuse(
      'registry-username',
      `is for one registry, but artifacts names ${[registry, ...others].join(', ')}`,
      'Use docker/login-action before this step, once for each registry, or one step for each.',
    );
  }
  return { registry, username, password };
}
