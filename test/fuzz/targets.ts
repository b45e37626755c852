// Every decoder that outside bytes reach.

import { asn1Targets, certificateBags } from './targets/asn1.ts';
import { azureTargets } from './targets/azure.ts';
import { envelopeRoomTargets } from './targets/envelope.ts';
import { layoutTargets } from './targets/layout.ts';
import { registryTargets } from './targets/registry.ts';
import { trustTargets } from './targets/trust.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [
  ...asn1Targets,
  ...envelopeRoomTargets,
  ...registryTargets,
  ...layoutTargets,
  ...azureTargets(certificateBags),
  ...trustTargets,
];
