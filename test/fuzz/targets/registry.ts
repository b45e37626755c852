// What a registry and its token endpoint send: bodies, header fields, and the addresses in them. The Http port behind these
// decoders watches that credentials stay at home.

import { NotaryError } from '../../../shared/errors.ts';
import { Buffer } from 'node:buffer';

import { parseChallenges } from '../../../shared/oci/challenge.ts';
import { storedCredentials } from '../../../shared/oci/stored-credentials.ts';
import type { Credentials } from '../../../shared/oci/credentials.ts';
import { digestOf, mediaTypes, parseDigest } from '../../../shared/oci/descriptor.ts';
import type { Descriptor, Digest } from '../../../shared/oci/descriptor.ts';
import { failure, saysNameUnknown } from '../../../shared/oci/failure.ts';
import { nextPage } from '../../../shared/oci/link.ts';
import { parseReference, repositoryName } from '../../../shared/oci/reference.ts';
import { Registry } from '../../../shared/oci/registry.ts';
import type { Repository } from '../../../shared/oci/registry.ts';
import { mergeScopes, parseScopes } from '../../../shared/oci/scope.ts';
import { fetchSignature, listSignatures } from '../../../shared/oci/signatures.ts';
import { requestToken } from '../../../shared/oci/token.ts';
import type { Http, HttpRequest, HttpResponse } from '../../../shared/ports.ts';
import { retrying } from '../../../shared/host/retry.ts';
import { countingRandom, filesInMemory, fixedClock, response } from '../../support/ports.ts';
import { asText, json, text } from '../target.ts';
import type { Target } from '../target.ts';

const image = Buffer.from('an image');
const subject: Digest = digestOf(image);
const envelope = Buffer.from('an envelope');
const layer = { mediaType: 'application/cose', digest: digestOf(envelope), size: envelope.length };
const signatureManifest = {
  schemaVersion: 2,
  mediaType: mediaTypes.imageManifest,
  config: { mediaType: 'application/vnd.cncf.notary.signature', digest: subject, size: 2 },
  layers: [layer],
  subject: { mediaType: mediaTypes.imageManifest, digest: subject, size: image.length },
  annotations: { 'org.opencontainers.image.created': '2026-01-01T00:00:00Z' },
};
const entry = {
  mediaType: mediaTypes.imageManifest,
  ...{ digest: subject, size: 481, annotations: { a: 'b' } },
  artifactType: 'application/vnd.cncf.notary.signature',
};
const index = {
  schemaVersion: 2,
  mediaType: mediaTypes.imageIndex,
  annotations: { 'org.opencontainers.referrers.filtersApplied': 'artifactType' },
  manifests: [entry, { ...entry, artifactType: 'application/spdx+json' }, 7, { digest: 'sha256:0' }],
};

const home = 'https://registry.example';
const reference = parseReference('registry.example/team/app:v1');
const secret: Credentials = { kind: 'basic', username: 'user', password: 'password' };

/** Answers by a table of the registry's own; whoever else is asked must get no authorization. */
function guarded(answer: (request: HttpRequest) => HttpResponse): Http {
  return (request) => {
    const { url, headers } = request;
    if (url.origin !== home && headers?.authorization !== undefined) {
      throw new Error(`the authorization went to ${url.origin}`);
    }
    if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`a request to ${url.href}`);
    return Promise.resolve(answer(request));
  };
}

function repository(answer: (request: HttpRequest) => HttpResponse): Repository {
  const credentials = () => Promise.resolve(secret);
  return new Registry({ http: guarded(answer), plainHttp: new Set(), credentials }).repository(reference, 'pull,push');
}

const inexact = { 'content-type': mediaTypes.imageIndex };
const notFound = response(404);

async function listed(from: Repository): Promise<readonly Descriptor[]> {
  const found: Descriptor[] = [];
  for await (const descriptor of listSignatures(from, subject)) found.push(descriptor);
  return found;
}

const listingCodes = ['REGISTRY_RESPONSE_INVALID', 'REGISTRY_CONTENT_MISMATCH'] as const;
const accessCodes = [
  ...listingCodes,
  ...(['REGISTRY_NOT_FOUND', 'REGISTRY_UNAVAILABLE', 'REGISTRY_UNAUTHORIZED'] as const),
] as const;

/** "name: value" lines. */
function fieldsOf(bytes: Uint8Array): Record<string, string> {
  const fields = Object.create(null) as Record<string, string>;
  for (const line of Buffer.from(bytes).toString('latin1').split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return fields;
}

const manifestFields = `content-type: ${mediaTypes.imageManifest}\ncontent-length: 8\ndocker-content-digest: ${subject}`;

async function useManifest(bytes: Uint8Array): Promise<unknown> {
  const answer = ({ url }: HttpRequest): HttpResponse =>
    response(
      200,
      url.pathname.includes('/blobs/') ? {} : { 'content-type': mediaTypes.imageManifest },
      url.pathname.includes('/blobs/') ? envelope : bytes,
    );
  const descriptor = { mediaType: mediaTypes.imageManifest, digest: digestOf(bytes), size: bytes.length };
  return fetchSignature(repository(answer), descriptor);
}

/** A registry that answers 401 with the field, then lets everybody in. */
async function useChallenge(bytes: Uint8Array): Promise<unknown> {
  const field = Buffer.from(bytes).toString('latin1');
  let asked = 0;
  const http: Http = ({ url, headers }) => {
    if (url.protocol !== 'https:') throw new Error(`credentials went to ${url.href}`);
    if (!url.pathname.startsWith('/v2/team/app/')) return Promise.resolve(response(200, {}, '{"token":"t"}'));
    asked += 1;
    if (asked > 2) throw new Error('asked a third time');
    if (headers?.authorization === undefined) return Promise.resolve(response(401, { 'www-authenticate': field }));
    return Promise.resolve(response(200, fieldsOf(Buffer.from(manifestFields))));
  };
  const credentials = () => Promise.resolve(secret);
  const registry = new Registry({ http, plainHttp: new Set(), credentials });
  return registry.repository(reference, 'pull').resolve({ tag: 'v1' });
}

const challenges = [
  'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:team/app:pull"',
  'Basic realm="x\\"y", Negotiate YWJj==, Bearer realm="https://r.example/t?a=b",scope="a:b:c,d e",error="invalid_token"',
];

export const registryTargets: readonly Target[] = [
  {
    name: 'reference',
    seeds: [
      ...[`oci://r.example:5000/team/app_x.y--z:v1@${subject}`, 'alpine:3', 'docker.io/library/alpine:3'],
      ...[`[2001:db8::1]:443/a@sha512:${'0a'.repeat(64)}`, 'docker://localhost/a/b/c:1.2_3-4'],
    ].map(text),
    refused: ['oci-layout:./x@sha256:0', 'a'].map(text),
    codes: ['REFERENCE_INVALID'],
    decode: (bytes) => repositoryName(parseReference(asText(bytes))),
  },
  {
    name: 'digest',
    seeds: [subject, `sha384:${'0a'.repeat(48)}`, `sha512:${'0a'.repeat(64)}`].map(text),
    codes: ['REFERENCE_INVALID'],
    decode: (bytes) => parseDigest(asText(bytes)),
  },
  {
    name: 'signature manifest',
    seeds: [json(signatureManifest)],
    refused: [json({ ...signatureManifest, layers: [layer, layer] })],
    codes: listingCodes,
    decode: useManifest,
  },
  {
    name: 'referrers page',
    seeds: [json(index), json({ ...index, annotations: {}, manifests: null })],
    codes: listingCodes,
    decode: (bytes) => listed(repository(() => response(200, inexact, bytes))),
  },
  {
    name: 'referrers tag',
    seeds: [json(index)],
    codes: listingCodes,
    decode: (bytes) =>
      listed(
        repository(({ url }) => (url.pathname.includes('/referrers/') ? notFound : response(200, inexact, bytes))),
      ),
  },
  {
    name: 'referrers tag, to be extended',
    seeds: [json(index), json({ ...index, manifests: [{ ...entry, x: { y: [1.5, null, { z: '<' }] } }] })],
    codes: accessCodes,
    decode: (bytes) => {
      let tag = bytes;
      const added: Descriptor = { ...entry, digest: digestOf(envelope) };
      const from = repository(({ method, url, body }) => {
        if (url.pathname.includes('/referrers/')) return notFound;
        if (method === 'PUT') tag = body ?? tag;
        return response(method === 'PUT' ? 201 : method === 'DELETE' ? 202 : 200, inexact, method === 'GET' ? tag : '');
      });
      return from.addToReferrersTag(subject, added);
    },
  },
  {
    name: 'Link field',
    seeds: ['</v2/team/app/referrers/x?n=1>; rel="next", <x>; title="a\\"b"', '<a>;rel=prev, <b>; rel="x next"'].map(
      text,
    ),
    codes: [],
    decode: (bytes) => nextPage(Buffer.from(bytes).toString('latin1')),
  },
  {
    name: 'Link field, followed',
    seeds: ['</v2/team/app/referrers/x?n=1>; rel="next"', `<${home}/v2/team/app/referrers/x?a=b>`].map(text),
    codes: accessCodes,
    decode: (bytes) => {
      const link = Buffer.from(bytes).toString('latin1');
      let pages = 0;
      const page = (): HttpResponse =>
        response(200, { ...inexact, ...(++pages > 1 ? {} : { link }) }, JSON.stringify(index));
      return listed(repository(page));
    },
  },
  {
    name: 'Location of a redirect',
    seeds: ['https://storage.example/blob?sig=x', '/v2/other/blobs/x', `${home}/x`].map(text),
    codes: accessCodes,
    decode: (bytes) => {
      const location = Buffer.from(bytes).toString('latin1');
      const answer = ({ url }: HttpRequest): HttpResponse =>
        url.origin === home && url.pathname.endsWith(layer.digest)
          ? response(307, { location })
          : response(200, {}, envelope);
      return repository(answer).fetchBlob(layer);
    },
  },
  {
    name: 'Location of an upload',
    seeds: ['/v2/team/app/blobs/uploads/1?state=a%2Fb', `${home}/upload`].map(text),
    codes: accessCodes,
    decode: (bytes) => {
      const location = Buffer.from(bytes).toString('latin1');
      const answer = ({ method }: HttpRequest): HttpResponse =>
        method === 'POST' ? response(202, { location }) : response(201);
      return repository(answer).pushBlob(envelope);
    },
  },
  {
    name: 'header fields of a manifest',
    seeds: [text(manifestFields), text(manifestFields.replace('json', 'json; charset=utf-8'))],
    codes: accessCodes,
    decode: (bytes) => {
      const from = repository(() => response(200, fieldsOf(bytes), image));
      return Promise.all([
        from.resolve({ tag: 'v1' }),
        from.fetchManifest({ mediaType: mediaTypes.imageManifest, digest: subject, size: image.length }),
      ]);
    },
  },
  {
    name: 'WWW-Authenticate field',
    seeds: challenges.map(text),
    codes: ['REGISTRY_RESPONSE_INVALID'],
    decode: (bytes) =>
      parseChallenges(Buffer.from(bytes).toString('latin1')).map(({ parameters }) =>
        mergeScopes(parseScopes(parameters.get('scope')), ['repository:team/app:pull']),
      ),
  },
  {
    name: 'WWW-Authenticate field, answered',
    seeds: challenges.map(text),
    codes: accessCodes,
    decode: useChallenge,
  },
  {
    name: 'token response',
    seeds: [
      json({ token: 'abc', expires_in: 300, issued_at: '2026-01-01T00:00:00Z' }),
      json({ access_token: 'x.y.z' }),
    ],
    codes: ['REGISTRY_RESPONSE_INVALID'],
    decode: (bytes) => {
      const request = { what: 'r', realm: new URL('https://auth.example/token'), scopes: ['a:b:c'] };
      return requestToken(() => Promise.resolve(response(200, {}, bytes)), request, undefined);
    },
  },
  {
    name: 'error body',
    seeds: [
      json({ errors: [{ code: 'NAME_UNKNOWN', message: 'x', detail: null }, 1] }),
      ...[{ error: 'invalid_grant', error_description: 'x' }, { details: 'x' }].map(json),
      text('<html>'),
    ],
    codes: [],
    decode: (bytes) => {
      const refused = response(500, {}, bytes);
      return [saysNameUnknown(refused), failure(refused, 'what').message];
    },
  },
  {
    name: 'Docker configuration',
    seeds: [
      json({ auths: { 'r.io': { auth: 'YWRhOnNlY3JldA==' } }, credHelpers: {}, credsStore: '' }),
      json({
        auths: { 'https://r.io/v1/': { identitytoken: 'x' }, 'b.io': { username: 'a', password: 'b' } },
        HttpHeaders: {},
      }),
    ],
    refused: [json({ credHelpers: { 'r.io': 'ecr-login' } }), json({ auths: { 'r.io': {} }, credsStore: 'desktop' })],
    codes: ['INPUT_INVALID', 'PROGRAM_FAILED'],
    decode: (bytes) =>
      storedCredentials({
        files: filesInMemory({ '/h/.docker/config.json': bytes }),
        environment: { HOME: '/h' },
        exec: () => Promise.reject(new NotaryError('PROGRAM_FAILED', 'none is installed')),
      })('r.io', 'app'),
  },
  {
    name: 'Retry-After field',
    seeds: ['1', '120', 'Wed, 21 Oct 2026 07:28:00 GMT'].map(text),
    codes: [],
    decode: (bytes) => {
      const clock = fixedClock('2026-10-21T07:27:50Z');
      const busy = response(429, { 'retry-after': Buffer.from(bytes).toString('latin1') });
      const http = retrying(() => Promise.resolve(busy), clock, countingRandom());
      const request: HttpRequest = { method: 'GET', url: new URL(home), timeoutMs: 1, maxBytes: 1 };
      return http(request).then(() => {
        if (clock.slept.some((ms) => !(ms >= 0 && ms <= 30_000))) throw new Error(`slept ${clock.slept.join()}`);
      });
    },
  },
];
