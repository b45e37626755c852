// The inputs that say who the step is towards Azure.

import { requireAzureIdentity } from '../azure/access-token.ts';
import type { AzureIdentity } from '../azure/access-token.ts';
import { oneOf, text } from '../github/input-values.ts';
import type { InputReader } from '../github/inputs.ts';

export function readAzureInputs(reader: InputReader): AzureIdentity | undefined {
  reader.together('azure-client-id', 'azure-tenant-id');
  const clientId = reader.optional('azure-client-id', text);
  const tenantId = reader.optional('azure-tenant-id', text);
  const cloud = reader.withDefault('azure-cloud', oneOf('public', 'us-government', 'china'), 'public');
  if (clientId === undefined || tenantId === undefined) return undefined;
  const identity = { clientId, tenantId, cloud };
  reader.attempt(() => {
    requireAzureIdentity(identity);
  });
  return identity;
}
