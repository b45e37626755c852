// Token scopes: "type:name:action,action". Merged per resource and sorted, so that equal wishes share one token.
// Distribution specification "Token Scope Documentation"; AUTH-6.

/** What a step does with a repository; a token for "pull,push" also pulls, so signing asks for one token only. */
export type Access = 'pull' | 'pull,push';

export type Scopes = readonly string[];

export function repositoryScope(repository: string, access: Access): string {
  return `repository:${repository}:${access}`;
}

/** The scope parameter of a challenge: scope tokens separated by spaces (RFC 6749 §3.3). */
export function parseScopes(parameter: string | undefined): Scopes {
  return (parameter ?? '').split(' ').filter((scope) => scope !== '');
}

export function mergeScopes(...lists: readonly Scopes[]): Scopes {
  const actionsOf = new Map<string, Set<string>>();
  const opaque = new Set<string>();
  for (const scope of lists.flat()) {
    const first = scope.indexOf(':');
    const last = scope.lastIndexOf(':');
    // Some registries name a scope in a form of their own, such as "aws": kept as it is.
    if (first === last) {
      opaque.add(scope);
      continue;
    }
    const resource = scope.slice(0, last);
    const actions = actionsOf.get(resource) ?? new Set();
    for (const action of scope.slice(last + 1).split(',')) actions.add(action);
    actionsOf.set(resource, actions);
  }
  const merged = [...actionsOf].map(([resource, actions]) => `${resource}:${[...actions].sort().join(',')}`);
  return [...opaque, ...merged].sort();
}
