// Which certificate profile signs, and the addresses it has in the two dialects of the Artifact Signing data plane.
// azure-rest-api-specs, Azure.CodeSigning 2022-06-15-preview and ArtifactSigning 2024-06-15.

import { NotaryError } from '../errors.ts';

export interface ArtifactSigningProfile {
  /** The data-plane address of the account's region, such as https://weu.codesigning.azure.net/ */
  readonly endpoint: URL;
  readonly account: string;
  readonly profile: string;
  /** Default: the newest stable one. */
  readonly apiVersion?: string;
}

/** The documented stable dialect submits to `PROFILE:sign`; the older one, which still serves, to `PROFILE/sign`. */
export interface Dialect {
  readonly apiVersion: string;
  readonly submitSuffix: ':sign' | '/sign';
}

const stable: Dialect = { apiVersion: '2024-06-15', submitSuffix: ':sign' };
const preview: Dialect = { apiVersion: '2022-06-15-preview', submitSuffix: '/sign' };

/** @throws NotaryError INPUT_INVALID  not of the form YYYY-MM-DD or YYYY-MM-DD-preview */
export function dialectOf(apiVersion: string = stable.apiVersion): Dialect {
  if (!/^\d{4}-\d{2}-\d{2}(?:-[a-z]{1,20})?$/.test(apiVersion)) {
    throw new NotaryError(
      'INPUT_INVALID',
      `api-version is not a date such as 2024-06-15: ${JSON.stringify(apiVersion)}`,
    );
  }
  return apiVersion === preview.apiVersion ? preview : { ...stable, apiVersion };
}

/** What to try where a server says that it does not know the first one's version. */
export function otherDialect(dialect: Dialect): Dialect {
  return dialect.submitSuffix === stable.submitSuffix ? preview : stable;
}

export function submitUrl(profile: ArtifactSigningProfile, dialect: Dialect): URL {
  return profileUrl(profile, dialect, dialect.submitSuffix);
}

/** The same in both dialects. */
export function operationUrl(profile: ArtifactSigningProfile, dialect: Dialect, operationId: string): URL {
  return profileUrl(profile, dialect, `/sign/${operationId}`);
}

export function rootCertificateUrl(profile: ArtifactSigningProfile, dialect: Dialect): URL {
  return profileUrl(profile, dialect, '/sign/rootcert');
}

function profileUrl({ endpoint, account, profile }: ArtifactSigningProfile, dialect: Dialect, suffix: string): URL {
  const url = new URL(endpoint.origin);
  url.pathname = `/codesigningaccounts/${account}/certificateprofiles/${profile}${suffix}`;
  url.searchParams.set('api-version', dialect.apiVersion);
  return url;
}

export interface Endpoint {
  readonly url: URL;
  /** Worth a warning, where there is something odd about an address that is accepted. */
  readonly finding?: string;
}

/**
 * The `endpoint` input. Trailing slashes, which the portal shows, are taken off.
 *
 * @throws NotaryError INPUT_INVALID  not https (http on loopback excepted), or more than scheme, host and port
 */
export function parseEndpoint(text: string): Endpoint {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  const bare = text.slice(0, end);
  const address = URL.parse(bare);
  if (address === null) throw endpointError('is not an address', text);
  const url = requireEndpoint(address);
  if (isLoopback(url) || url.hostname.endsWith('.codesigning.azure.net')) return { url };
  return {
    url,
    finding: `endpoint ${url.host} is not under codesigning.azure.net, where Artifact Signing is known to be`,
  };
}

/** The token goes there and the account comes out of it, so nothing but a bare and protected address will do. */
function requireEndpoint(url: URL): URL {
  const isProtected = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  if (!isProtected) throw endpointError('is not https', url.href);
  if (url.href !== `${url.origin}/`) throw endpointError('has more than scheme, host and port', url.href);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function endpointError(what: string, text: string): NotaryError {
  return new NotaryError('INPUT_INVALID', `endpoint ${what}: ${text}`, {
    remedy:
      'Use the account URI that the portal shows for the signing account, such as https://weu.codesigning.azure.net',
  });
}

/** @throws NotaryError INPUT_INVALID  endpoint, account, profile or api-version that cannot be right */
export function requireProfile(profile: ArtifactSigningProfile): void {
  requireEndpoint(profile.endpoint);
  requireName('signing-account-name', profile.account);
  requireName('certificate-profile-name', profile.profile);
  dialectOf(profile.apiVersion);
}

// Wider than the service's own rule, but nothing that could leave its place in the path.
function requireName(input: string, name: string): void {
  if (/^[0-9A-Za-z_-]{1,100}$/.test(name)) return;
  throw new NotaryError(
    'INPUT_INVALID',
    `${input} has characters other than letters, digits and hyphens: ${JSON.stringify(name)}`,
  );
}
