// The input layout-scope: which repository the OCI layouts of a run are a copy of, as trust policies name repositories
// and a directory has no such name. REG-23.

import type { Artifact } from '../shared/action/artifact.ts';
import { NotaryError } from '../shared/errors.ts';
import { invalid } from '../shared/github/input-values.ts';
import type { InputReader } from '../shared/github/inputs.ts';
import { isLayout } from '../shared/oci/layout-reference.ts';
import { needsScope } from '../shared/trust/policy.ts';
import type { TrustPolicyDocument } from '../shared/trust/policy.ts';
import { isScope } from '../shared/trust/scope.ts';

const input = 'layout-scope';

/** The artifacts, each layout with the scope that the input gives it. */
export function withLayoutScope(inputs: InputReader, artifacts: readonly Artifact[]): readonly Artifact[] {
  const scope = inputs.optional(input, parseScope);
  // None at all is a problem that is told already.
  if (inputs.has(input) && artifacts.length > 0 && !artifacts.some(({ reference }) => isLayout(reference))) {
    inputs.refuse(input, 'has no effect without an oci-layout: in artifacts', 'Remove it.');
  }
  if (scope === undefined) return artifacts;
  return artifacts.map(({ text, reference }) => {
    return { text, reference: isLayout(reference) ? { ...reference, scope } : reference };
  });
}

function parseScope(value: string): string {
  if (isScope(value)) return value;
  throw invalid(`"${value}" is not registry/repository`, 'Write it in full, without scheme, tag and digest.');
}

/**
 * The policy is read after the inputs, so that only then is known whether it asks for a scope.
 *
 * @throws NotaryError INPUT_MISSING
 */
export function requireLayoutScope(
  document: TrustPolicyDocument,
  targets: readonly { readonly artifact: Artifact }[],
): void {
  const texts = targets.flatMap(({ artifact: { text, reference } }) => (needsScope(document, reference) ? [text] : []));
  if (texts.length === 0) return;
  throw new NotaryError(
    'INPUT_MISSING',
    `${input}: is required, as the trust policy has statements for some repositories only, and ${texts.join(', ')} names none`,
    { remedy: 'Give layout-scope: registry/repository, as the scopes of the trust policy are written.' },
  );
}
