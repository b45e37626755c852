// Registry scopes of a trust policy: `registry/repository`, or `*` alone. Trust Store and Trust Policy, "Registry
// Scopes Constraints" (POL-12, POL-13).

import { malformed } from '../bytes.ts';
import type { Source } from '../bytes.ts';

export const anyScope = '*';

// Go's grammar of a registry host label, of its port, and the OCI grammar of a repository name. Each separator of the
// last can be read in one way only, so none of them backtracks.
const hostLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const port = /^\d+$/;
const nameComponent = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;

/**
 * @throws NotaryError source.code  no scope, `*` beside others, or not registry/repository
 */
export function requireScopes(scopes: readonly string[], source: Source, path: string): void {
  if (scopes.length === 0) throw malformed(source, `${path} must name at least one registry/repository, or "*"`);
  if (scopes.includes(anyScope)) {
    if (scopes.length > 1) throw malformed(source, `${path}: "*" must be the only scope of its statement`);
    return;
  }
  for (const [index, scope] of scopes.entries()) {
    if (!isScope(scope)) {
      throw malformed(
        source,
        `${path}[${index}] is "${scope}"; a scope is registry/repository in full, without scheme, tag, digest or partial wildcard`,
      );
    }
  }
}

/** Of a trust policy: registry/repository in full. */
export function isScope(scope: string): boolean {
  const slash = scope.indexOf('/');
  if (slash === -1) return false;
  const [host = '', ...ports] = scope.slice(0, slash).split(':');
  return (
    host.split('.').every((label) => hostLabel.test(label)) &&
    (ports.length === 0 || (ports.length === 1 && port.test(ports[0] ?? ''))) &&
    scope
      .slice(slash + 1)
      .split('/')
      .every((component) => nameComponent.test(component))
  );
}
