// azure.md 8.3, "Failure modes to inject", word for word and in its order.

export const failureModes: Readonly<Record<string, readonly string[]>> = {
  Auth: [
    ...['id-token permission absent (no env)', 'OIDC 500/503 then OK', '403 from OIDC URL', 'FIC missing (700213)'],
    ...['issuer (700211)', 'case (7002138)', 'propagation (70021 twice then OK)', 'expired assertion (700024)'],
    ...['wrong tenant (90002)', 'unknown app (700016)', 'policy (700223)', '429 with Retry-After', 'HTML 502'],
    ...['token with wrong aud', 'access token that expires mid-poll'],
  ],
  'Sign submit': [
    ...['400 problem+json', '400 unsupported api-version (both dialects)', '401', '403 empty', '403 non-empty'],
    ...['404 errorDetail', '404 double slash', '409', '429 (seconds and HTTP-date Retry-After)', '500 errorDetail'],
    ...['503', 'connection reset', 'hang', '202 without body/without Operation-Location'],
    ...['Operation-Location to a foreign origin', '200 with final result at once'],
  ],
  'Sign poll': [
    ...['InProgress×n', '"In Progress"/"inprogress" spelling', 'Running/NotStarted'],
    ...['Failed with `error`, with `errorResponse`, with nothing', 'Canceled', 'TimedOut', 'NotFound', '404 then 200'],
    ...['never finishes', 'Succeeded with null signature', 'malformed base64', 'wrong-length signature'],
    ...['signature by another key (rotated leaf)', 'PSS with salt 32 or PKCS#1 v1.5 instead'],
  ],
  Chain: [
    ...['shuffled', 'root absent', 'intermediate absent', 'duplicate-DN intermediates', 'extra unrelated cert'],
    ...['single-base64 DER', 'PEM', 'leaf expired', 'leaf not yet valid', 'RSA-2048/4096 leaf (wrong hash choice)'],
    ...['no codeSigning EKU', 'missing C/ST/O', '5-deep chain', 'root mismatch with pinned preset'],
  ],
  TSA: [
    ...['404/500/503/timeout', 'wrong content type', 'status rejected with failInfo (badAlg, timeNotAvailable)'],
    ...['grantedWithMods', 'wrong nonce', 'no nonce', 'wrong imprint', 'wrong hash alg', 'certReq ignored'],
    ...['untrusted root', 'expired TSA cert', 'non-critical EKU', 'signingCertificate v1 only'],
    ...['genTime outside leaf validity', 'whole-second genTime', 'missing accuracy', 'oversize body', 'truncated DER'],
  ],
  Registry: [
    ...['exchange 401 (ARM audience refused)', 'exchange 403 (firewall)', 'token 200 without push', 'push 403 DENIED'],
    ...['blob upload 429/5xx/resumed', 'digest mismatch', '405 for subject manifests'],
    ...['OCI-Subject present but referrers 404', 'referrers 200 HTML', 'referrers 302 login'],
    ...['CMK style (tag schema only)', 'tag index race/412/409', 'manifest not found', 'immutable tag refusal'],
    ...['redirect leaking Authorization', 'paginated referrers', '1000 signatures (DoS limit)'],
  ],
  'Key Vault': [
    ...['401 challenge loop', '403 ForbiddenByRbac', 'disabled key', 'version fallback', '429 Throttled'],
    'cert without chain',
  ],
  Revocation: [
    ...['CRL 404', 'CRL stale nextUpdate', 'CRL wrong issuer', 'CRL delta CRL', 'OCSP tryLater', 'OCSP unknown'],
    ...['OCSP revoked before/after signing time', 'OCSP nonce absent', 'OCSP responder cert expired'],
  ],
};
