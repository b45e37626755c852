// What the run says about itself, to be signed as user metadata. It is a claim of whoever signs, and no proof as
// provenance would be. GitHub Docs, "Default environment variables".

import type { InputReader } from '../shared/github/inputs.ts';
import { boolean } from '../shared/github/input-values.ts';
import type { Environment } from '../shared/ports.ts';

/** Annotation -> variable; GitHub sets each in every job, but for the ref, which some events have not. */
const sources = {
  'github.repository': 'GITHUB_REPOSITORY',
  'github.sha': 'GITHUB_SHA',
  'github.ref': 'GITHUB_REF',
  // The file and the ref it was read at: "acme/app/.github/workflows/release.yml@refs/tags/v1".
  'github.workflow': 'GITHUB_WORKFLOW_REF',
} as const;
const optional = 'github.ref';

/** Empty unless github-metadata is on. */
export function readGitHubMetadata(reader: InputReader, environment: Environment): Readonly<Record<string, string>> {
  if (!reader.withDefault('github-metadata', boolean, false)) return {};
  const metadata = Object.create(null) as Record<string, string>;
  const missing: string[] = [];
  for (const [key, variable] of Object.entries(sources)) {
    const value = environment[variable] ?? '';
    if (value !== '') metadata[key] = value;
    else if (key !== optional) missing.push(variable);
  }
  const { GITHUB_SERVER_URL: server = '', GITHUB_RUN_ID: run = '' } = environment;
  if (server === '') missing.push('GITHUB_SERVER_URL');
  if (run === '') missing.push('GITHUB_RUN_ID');
  metadata['github.run'] = `${server}/${metadata['github.repository'] ?? ''}/actions/runs/${run}`;
  if (missing.length === 0) return metadata;
  reader.refuse(
    'github-metadata',
    `the environment does not say ${missing.join(', ')}`,
    'Use it in a job of GitHub Actions only; elsewhere write what you know in user-metadata.',
  );
  return {};
}
