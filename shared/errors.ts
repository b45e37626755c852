// The one error class of the house, and the one table of its codes. A code carries what a user should do next and
// whether running again may help, so that "revoked" and "could not ask" never look alike.

interface CodeFacts {
  /** One sentence a workflow author can act on. */
  readonly remedy: string;
  /** True where the same run may pass later, with nothing changed. */
  readonly transient: boolean;
}

const permanent = (remedy: string): CodeFacts => ({ remedy, transient: false });
const transient = (remedy: string): CodeFacts => ({ remedy, transient: true });

export const errorCodes = {
  INPUT_MISSING: permanent('Add the named input to the `with:` block of the step.'),
  INPUT_INVALID: permanent('Correct the named input; the README lists the values it takes.'),
  PERMISSION_MISSING: permanent(
    'Add `permissions: { contents: read, id-token: write }` to the job. Pull requests from forks never get this permission.',
  ),
  FILE_UNREADABLE: permanent('Check the path and its permissions; run actions/checkout before this step.'),
  FILE_UNWRITABLE: permanent('Check that the path may be written to, and that the disk has room.'),
  REFERENCE_INVALID: permanent('Write the reference as registry/repository@sha256:… or registry/repository:tag.'),
  SOURCE_INVALID: permanent('Correct the file at the line named, or give the value that it needs in build-args.'),

  PLATFORM_NOT_FOUND: permanent('Name platforms that the image has, or an image that has these platforms.'),

  NETWORK_UNREACHABLE: transient(
    'Check that the runner can reach the named host (proxy, firewall, DNS), then run the job again.',
  ),
  RESPONSE_TOO_LARGE: permanent('The server sent more than the stated limit; check that the address is the right one.'),
  PROGRAM_FAILED: permanent(
    'Check that the named program is there, may be executed, and is made for this platform; its message is above.',
  ),
  CHECKSUM_MISMATCH: permanent(
    'This is not the file that was meant, and nothing of it was run: check its address and its checksum with its publisher.',
  ),
  STEP_TIMED_OUT: transient('Run the job again, or raise the `timeout` input.'),

  REGISTRY_UNAUTHORIZED: permanent(
    'Give credentials that may read (verify) or write (sign) the repository: registry-username and registry-password, a docker login before this step, or azure-client-id and azure-tenant-id for ACR.',
  ),
  REGISTRY_NOT_FOUND: permanent(
    'Check the registry, the repository and the digest; push the artifact before this step.',
  ),
  REGISTRY_UNAVAILABLE: transient('The registry did not answer properly; run the job again.'),
  REGISTRY_RESPONSE_INVALID: permanent(
    'The registry broke the OCI distribution protocol; report the message to its operator.',
  ),
  REGISTRY_CONTENT_MISMATCH: permanent(
    'The bytes do not have the digest or size that was asked for; do not use this artifact.',
  ),

  KEY_ACCESS_DENIED: permanent(
    'Check, in this order: the endpoint is in the region of the account; the identity has the role "Artifact Signing Certificate Profile Signer" on the account or the profile; 15 minutes have passed since the assignment; the profile is Active; the identity validation is Completed; the subscription is enabled.',
  ),
  KEY_NOT_FOUND: permanent('Check the spelling of the account, profile or key, and that the endpoint has no path.'),
  KEY_UNSUPPORTED: permanent('Use an RSA key of 2048, 3072 or 4096 bits, or an EC key on P-256, P-384 or P-521.'),
  KEY_REJECTED: permanent(
    'The signing service refused the request itself; check api-version and the names, and report its message above.',
  ),
  KEY_UNAVAILABLE: transient('The signing service did not finish; run the job again.'),
  KEY_SIGNATURE_INVALID: permanent(
    'The signing service returned a signature that does not verify; nothing was pushed. Report the message to its operator.',
  ),
  KEY_PLUGIN_FAILED: permanent('Check the plugin, its configuration and the key id; its message is above.'),
  CREDENTIAL_REJECTED: permanent(
    'Check azure-client-id and azure-tenant-id, and that the federated credential names exactly the issuer, subject and audience above.',
  ),
  CREDENTIAL_UNAVAILABLE: transient('The identity service did not answer properly; run the job again.'),

  ASN1_MALFORMED: permanent('The certificate or token is damaged or not strict DER; obtain it again from its issuer.'),
  NAME_INVALID: permanent('Write the name as `C=…, ST=…, O=…` (RFC 4514) with at least C, ST and O, each type once.'),
  CERTIFICATE_UNSUITABLE: permanent('Use a certificate that meets the Notary Project certificate requirements.'),
  CERTIFICATE_CHAIN_BROKEN: permanent('Give the complete chain, from the signing certificate to its self-signed root.'),
  CERTIFICATE_NOT_VALID: permanent(
    'Sign with a certificate that is valid now; verify old signatures by their timestamp (a tsa trust store).',
  ),
  CERTIFICATE_REVOKED: permanent(
    'Do not use this artifact; ask its publisher to sign it again with another certificate.',
  ),

  ENVELOPE_MALFORMED: permanent('The signature is damaged; ask the publisher to sign the artifact again.'),
  ENVELOPE_UNSUPPORTED: permanent(
    'The signature uses a feature this action does not accept; ask the publisher for a plain Notary Project signature.',
  ),
  PAYLOAD_MISMATCH: permanent('The signature was made for another artifact; do not use this one.'),
  METADATA_MISMATCH: permanent(
    'The signature does not carry the required user metadata; check user-metadata or ask the publisher.',
  ),
  SIGNATURE_MISMATCH: permanent('The signed bytes were changed; do not use this artifact.'),
  SIGNATURE_EXPIRED: permanent('The publisher limited the life of this signature; use a newer artifact.'),
  SIGNATURE_NOT_FOUND: permanent(
    'Sign the artifact first, and keep its signature when you copy it between registries.',
  ),
  SIGNATURE_EXISTS: permanent(
    'Nothing is to be done; set if-signed to skip where a second run is expected, or to sign for one more signature.',
  ),
  SIGNATURE_LIMIT_REACHED: permanent('Raise max-signatures, or remove the surplus signatures from the registry.'),

  TIMESTAMP_MISSING: permanent(
    'Ask the publisher to sign with a timestamp, or set verify-timestamp to afterCertExpiry.',
  ),
  TIMESTAMP_INVALID: permanent(
    'The timestamp does not belong to this signature or is not acceptable; ask the publisher to sign again.',
  ),
  TIMESTAMP_REJECTED: permanent('The timestamp authority refused the request; check timestamp-url.'),
  TIMESTAMP_UNAVAILABLE: transient(
    'The timestamp authority did not answer properly; run the job again or name a second one in timestamp-url.',
  ),
  REVOCATION_UNAVAILABLE: transient(
    'Allow the runner to reach the named OCSP and CRL addresses over plain http, then run the job again.',
  ),

  POLICY_INVALID: permanent('Correct the trust policy at the place named.'),
  POLICY_NOT_FOUND: permanent('Add a statement whose registryScopes name this repository, or one with the scope "*".'),
  TRUST_STORE_INVALID: permanent(
    'Keep only certificate files in x509/{ca,tsa,signingAuthority}/NAME, each a CA or self-signed certificate.',
  ),
  TRUST_ANCHOR_NOT_FOUND: permanent(
    'If the root shown above is the one you mean to trust, add it to trusted-roots or to the trust store.',
  ),
  TRUSTED_IDENTITY_MISMATCH: permanent(
    'If the subject shown above is the signer you mean to trust, add it to trusted-identities.',
  ),
  VERIFICATION_FAILED: permanent('Read the reason beside each signature above.'),
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof errorCodes;

interface NotaryErrorOptions {
  readonly cause?: unknown;
  /** Replaces the remedy of the code where the place of failure knows a more exact one. */
  readonly remedy?: string;
}

/**
 * Every failure that a user can meet. Anything else that is thrown is a defect.
 *
 * @see architecture, "Errors": the message says what happened, with the values; the remedy says what to do next
 */
export class NotaryError extends Error {
  override readonly name = 'NotaryError';
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, options: NotaryErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.code = code;
    this.remedy = options.remedy ?? errorCodes[code].remedy;
  }

  /** True where running again may help. */
  get transient(): boolean {
    return errorCodes[this.code].transient;
  }
}

/** Narrows a caught value to a NotaryError with one of the named codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is NotaryError {
  return error instanceof NotaryError && codes.includes(error.code);
}
