// Credentials of registries, and whoever may know them.

import { NotaryError, hasCode } from '../errors.ts';

export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /**
   * An identity token: exchanged for access tokens at the registry's token endpoint. Whoever gave it may know what to do
   * where it does not suffice.
   */
  | { readonly kind: 'refresh'; readonly token: string; readonly remedy?: string }
  /** A registry token: sent as it is. */
  | { readonly kind: 'bearer'; readonly token: string };

/** Undefined means anonymous. The registry is named as references name it, "docker.io" for Docker Hub. */
export interface CredentialSource {
  (registry: string, repository: string): Promise<Credentials | undefined>;
  /** Once it was asked: where it looked, each place with what was found there. For messages. */
  readonly places?: (registry: string, repository: string) => readonly string[];
}

/**
 * The first source that knows the registry decides.
 *
 * The returned source throws what the sources throw; where a program failed, with all the places looked at before.
 */
export function firstCredentials(...sources: readonly CredentialSource[]): CredentialSource {
  /** How many of the sources were asked, by login. */
  const asked = new Map<string, number>();
  const places = (registry: string, repository: string): readonly string[] =>
    sources
      .slice(0, asked.get(keyOf(registry, repository)) ?? 0)
      .flatMap((source) => source.places?.(registry, repository) ?? []);
  const ask = async (registry: string, repository: string): Promise<Credentials | undefined> => {
    for (const [index, source] of sources.entries()) {
      asked.set(keyOf(registry, repository), index + 1);
      try {
        const credentials = await source(registry, repository);
        if (credentials !== undefined) return credentials;
      } catch (error) {
        if (!hasCode(error, 'PROGRAM_FAILED')) throw error;
        const { code, message, remedy } = error;
        const looked = places(registry, repository).join(', ');
        throw new NotaryError(code, `${message}; looked at ${looked}`, { cause: error, remedy });
      }
    }
    return undefined;
  };
  return Object.assign(ask, { places });
}

function keyOf(registry: string, repository: string): string {
  return `${registry}/${repository}`;
}

/** A source that is one place, such as an input. */
export function namedSource(place: string, source: CredentialSource): CredentialSource {
  return Object.assign((registry: string, repository: string) => source(registry, repository), {
    places: () => [place],
  });
}
