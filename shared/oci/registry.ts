// Registries and their repositories, as the flows see them. OCI distribution specification 1.1.

import type { NotaryError } from '../errors.ts';
import { Login } from './auth.ts';
import type { LoginServices } from './auth.ts';
import { fetchBlob, hasBlob, requirePushAccess } from './blobs.ts';
import { Connection } from './connection.ts';
import { digestOf } from './descriptor.ts';
import type { Descriptor, Digest } from './descriptor.ts';
import { fetchManifest, putManifest, resolveManifest } from './manifests.ts';
import { registryOrigin } from './origin.ts';
import type { Layouts } from './layout.ts';
import { isLayout } from './layout-reference.ts';
import type { ArtifactReference } from './layout-reference.ts';
import { repositoryName } from './reference.ts';
import { Referrers } from './referrers.ts';
import { ReferrersTagUpdates } from './referrers-tag.ts';
import type { Pace } from './referrers-tag.ts';
import type { Access } from './scope.ts';
import { pushBlob } from './uploads.ts';

/** `plainHttp` names the registries that clear text is allowed for; loopback hosts need no entry. */
export interface RegistryServices extends LoginServices {
  /** Absent where nobody else can be writing to the same repository, and nothing needs time to recover. */
  readonly pace?: Pace;
  /** Absent where only registries are spoken to. */
  readonly layouts?: Layouts;
}

/**
 * One repository. What it returns has the size and the digest that were asked for.
 *
 * Each method may throw REGISTRY_UNAUTHORIZED, REGISTRY_NOT_FOUND, REGISTRY_UNAVAILABLE, REGISTRY_RESPONSE_INVALID,
 * and REGISTRY_CONTENT_MISMATCH where content is involved.
 */
export interface Repository {
  /** "registry/repository" or "oci-layout:PATH" */
  readonly name: string;
  /** The digest wins over the tag. */
  resolve(target: { readonly tag?: string; readonly digest?: Digest }): Promise<Descriptor>;
  /** At most 4 MiB. */
  fetchManifest(descriptor: Descriptor): Promise<Uint8Array>;
  /** At most 32 MiB. */
  fetchBlob(descriptor: Descriptor): Promise<Uint8Array>;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Uploads without asking first. */
  pushBlob(bytes: Uint8Array): Promise<void>;
  /** Uploads what is not there yet; asks once per blob and run, however many ask at the same time. */
  ensureBlob(bytes: Uint8Array): Promise<void>;
  /** Throws where a push would be refused, as far as beginning an upload shows; stores nothing. */
  requirePushAccess(): Promise<void>;
  /** Under its digest, or under the tag. `subjectAccepted`: the registry says that it keeps the list of referrers. */
  pushManifest(manifest: {
    readonly mediaType: string;
    readonly bytes: Uint8Array;
    readonly tag?: string;
  }): Promise<{ readonly subjectAccepted: boolean }>;
  /** The referrers API, or the referrers tag on registries without it. */
  listReferrers(subject: Digest, artifactType: string): AsyncIterable<Descriptor>;
  /** True once the registry has shown that it has no referrers API. */
  readonly referrersApiIsAbsent: boolean;
  /**
   * Adds an entry to the index under the referrers tag, and returns once the registry shows it there. A layout has its
   * index.json for this.
   *
   * @returns what is left to be tidied up
   */
  addToReferrersTag(subject: Digest, referrer: Descriptor): Promise<readonly NotaryError[]>;
}

/** All registries of a step, and the layouts on disk beside them. Keeps the tokens, and what was learned about each repository. */
export class Registry {
  readonly #services: RegistryServices;
  readonly #logins = new Map<string, { readonly login: Login; readonly origin: URL }>();
  readonly #repositories = new Map<string, Repository>();

  constructor(services: RegistryServices) {
    this.#services = services;
  }

  /** @param access  what the token is asked for: "pull" to verify, "pull,push" to sign */
  repository(reference: ArtifactReference, access: Access): Repository {
    if (isLayout(reference)) {
      if (this.#services.layouts === undefined) throw new TypeError(`nobody opens ${repositoryName(reference)}`);
      return this.#services.layouts.repository(reference.layout);
    }
    const key = `${repositoryName(reference)} ${access}`;
    const known = this.#repositories.get(key);
    if (known !== undefined) return known;
    const services = { http: this.#services.http, ...this.#loginAt(reference.registry) };
    const repository = connectRepository(new Connection(services, reference, access), this.#services.pace);
    this.#repositories.set(key, repository);
    return repository;
  }

  #loginAt(registry: string): { readonly login: Login; readonly origin: URL } {
    const known = this.#logins.get(registry);
    if (known !== undefined) return known;
    const origin = registryOrigin(registry, this.#services.plainHttp);
    const entry = { login: new Login(this.#services, registry, origin), origin };
    this.#logins.set(registry, entry);
    return entry;
  }
}

function connectRepository(connection: Connection, pace: Pace | undefined): Repository {
  const referrers = new Referrers(connection);
  const tagUpdates = new ReferrersTagUpdates(connection, pace);
  const ensured = new Map<Digest, Promise<void>>();
  return {
    name: connection.name,
    resolve: (target) => resolveManifest(connection, target),
    fetchManifest: (descriptor) => fetchManifest(connection, descriptor),
    fetchBlob: (descriptor) => fetchBlob(connection, descriptor),
    hasBlob: (digest) => hasBlob(connection, digest),
    pushBlob: (bytes) => pushBlob(connection, bytes, pace),
    ensureBlob(bytes) {
      const digest = digestOf(bytes);
      const known = ensured.get(digest);
      if (known !== undefined) return known;
      const pushed = pushIfAbsent(connection, { bytes, digest }, pace).catch((error: unknown) => {
        ensured.delete(digest);
        throw error;
      });
      ensured.set(digest, pushed);
      return pushed;
    },
    requirePushAccess: () => requirePushAccess(connection),
    async pushManifest({ mediaType, bytes, tag }) {
      const manifest = { mediaType, bytes, digest: digestOf(bytes), ...(tag === undefined ? {} : { tag }) };
      const { headers } = await putManifest(connection, manifest);
      return { subjectAccepted: headers.has('oci-subject') };
    },
    listReferrers: (subject, artifactType) => referrers.list(subject, artifactType),
    get referrersApiIsAbsent() {
      return referrers.apiIsAbsent;
    },
    addToReferrersTag: (subject, referrer) => tagUpdates.add(subject, referrer),
  };
}

async function pushIfAbsent(
  connection: Connection,
  { bytes, digest }: { readonly bytes: Uint8Array; readonly digest: Digest },
  pace: Pace | undefined,
): Promise<void> {
  if (!(await hasBlob(connection, digest))) await pushBlob(connection, bytes, pace);
}
