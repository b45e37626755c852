// Which manifests name a subject: the referrers API page by page, or, on registries without it, the index under the
// referrers tag. OCI distribution specification, "Listing Referrers" and "Referrers Tag Schema"; REG-9, REG-13, REG-14.

import type { HttpResponse } from '../ports.ts';
import type { Connection, RegistryRequest } from './connection.ts';
import { mediaTypes } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { saysNameUnknown } from './failure.ts';
import { nextPage } from './link.ts';
import { fetchTag, maxManifestBytes } from './manifests.ts';
import type { TaggedManifest } from './manifests.ts';
import { readIndex } from './referrers-index.ts';
import type { IndexEntry } from './referrers-index.ts';

/** Of 4 MiB each; nobody attaches that much to one artifact. */
const maxPages = 64;

interface Page {
  /** Where it was found in the end, which its links start from. */
  readonly at: URL;
  readonly response: HttpResponse;
}

/** One repository, with what was learned about it: nobody is asked twice whether the API is there. */
export class Referrers {
  readonly #connection: Connection;
  #api: 'unknown' | 'present' | 'absent' = 'unknown';

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** True once the registry has shown that it has no referrers API. */
  get apiIsAbsent(): boolean {
    return this.#api === 'absent';
  }

  async *list(subject: Digest, artifactType: string): AsyncGenerator<Descriptor, void> {
    const query = `artifactType=${encodeURIComponent(artifactType)}`;
    const request = listing(this.#connection.url(`referrers/${subject}?${query}`));
    const first = this.#api === 'absent' ? undefined : await this.#firstPage(request);
    if (first === undefined) {
      const tagged = await fetchReferrersTag(this.#connection, subject);
      yield* (tagged?.entries ?? []).map(({ descriptor }) => descriptor).filter(hasType(artifactType));
    } else {
      yield* this.#pages(first, artifactType);
    }
  }

  /** Undefined where the registry has no such API; then it is not asked again. */
  async #firstPage(request: RegistryRequest): Promise<Page | undefined> {
    const page = await this.#sendWithinOrigin(request);
    const response = page?.response;
    if (response?.status === 200 && response.headers.get('content-type') === mediaTypes.imageIndex) {
      this.#api = 'present';
      return page;
    }
    // A page of the web (200) or a way to one (a redirect), no such address (404), no such method (405).
    const missing = response?.status === 404 && !saysNameUnknown(response);
    if (response === undefined || response.status === 200 || response.status === 405 || missing) {
      this.#api = 'absent';
      return undefined;
    }
    throw this.#connection.failure(request, response);
  }

  // GHCR sends the question to github.com, Artifact Registry to a login page: such a redirect means that there is no API.
  async #sendWithinOrigin(request: RegistryRequest): Promise<Page | undefined> {
    const at = this.#connection.url(request.target);
    const response = await this.#connection.send(request);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || location === undefined) return { at, response };
    const target = this.#connection.url(location, at);
    if (!this.#connection.isOwnOrigin(target)) return undefined;
    const second = await this.#connection.send({ ...request, target });
    return second.status >= 300 && second.status <= 399 ? undefined : { at: target, response: second };
  }

  async *#pages(first: Page, artifactType: string): AsyncGenerator<Descriptor, void> {
    let { at, response } = first;
    const seen = new Set<string>();
    for (;;) {
      seen.add(at.href);
      yield* this.#entries(at, response, artifactType);
      const link = nextPage(response.headers.get('link') ?? '');
      if (link === undefined) return;
      const next = this.#connection.url(link, at);
      if (!this.#connection.isOwnOrigin(next))
        throw this.#connection.invalid(listing(at), `next page at ${next.origin}`);
      if (seen.has(next.href)) throw this.#connection.invalid(listing(at), 'its pages lead in a circle');
      if (seen.size === maxPages) throw this.#connection.invalid(listing(at), `more than ${maxPages} pages`);
      at = next;
      response = await this.#nextPage(listing(at));
    }
  }

  async #nextPage(request: RegistryRequest): Promise<HttpResponse> {
    const response = await this.#connection.send(request);
    if (response.status !== 200) throw this.#connection.failure(request, response);
    const contentType = response.headers.get('content-type') ?? '';
    if (contentType !== mediaTypes.imageIndex) {
      throw this.#connection.invalid(request, `Content-Type "${contentType}"`);
    }
    return response;
  }

  #entries(at: URL, { headers, body }: HttpResponse, artifactType: string): readonly Descriptor[] {
    const what = this.#connection.describe(listing(at));
    const { entries, filters } = readIndex(body, { code: 'REGISTRY_RESPONSE_INVALID', what });
    const applied = [filters, headers.get('oci-filters-applied') ?? ''].flatMap((names) => names.split(','));
    const isFiltered = applied.some((name) => name.trim() === 'artifactType');
    const descriptors = entries.map(({ descriptor }) => descriptor);
    return isFiltered ? descriptors : descriptors.filter(hasType(artifactType));
  }
}

/** REG-9. The lengths are the specification's limits; only sha384 and sha512 meet the second. */
export function referrersTag(subject: Digest): string {
  const [algorithm = '', hex = ''] = subject.split(':');
  return `${algorithm.slice(0, 32)}-${hex.slice(0, 64)}`;
}

export interface TaggedReferrers extends TaggedManifest {
  readonly entries: readonly IndexEntry[];
}

/** REG-14; undefined where there is no such tag. */
export async function fetchReferrersTag(connection: Connection, subject: Digest): Promise<TaggedReferrers | undefined> {
  const tag = referrersTag(subject);
  const tagged = await fetchTag(connection, tag);
  if (tagged === undefined) return undefined;
  const request = { method: 'GET', target: `manifests/${tag}` } as const;
  if (tagged.mediaType !== mediaTypes.imageIndex) throw connection.invalid(request, `is ${tagged.mediaType}, no index`);
  const what = connection.describe(request);
  return { ...tagged, ...readIndex(tagged.bytes, { code: 'REGISTRY_RESPONSE_INVALID', what }) };
}

function listing(target: URL): RegistryRequest {
  return { method: 'GET', target, headers: { accept: mediaTypes.imageIndex }, maxBytes: maxManifestBytes };
}

function hasType(artifactType: string): (descriptor: Descriptor) => boolean {
  return (descriptor) => descriptor.artifactType === artifactType;
}
