import { describe, expect, it } from 'vitest';

import { NotaryError } from '../../../shared/errors.ts';
import { requireUserMetadata } from '../../../shared/envelope/payload.ts';
import { InputReader } from '../../../shared/github/inputs.ts';
import type { Environment } from '../../../shared/ports.ts';
import { readGitHubMetadata } from '../../../sign/github-metadata.ts';

const job: Environment = {
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_REF: 'refs/tags/v1',
  GITHUB_WORKFLOW_REF: 'acme/app/.github/workflows/release.yml@refs/tags/v1',
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '2',
};

function read(environment: Environment, wanted = 'true') {
  const reader = new InputReader({ 'INPUT_GITHUB-METADATA': wanted });
  const metadata = readGitHubMetadata(reader, environment);
  reader.complete({});
  return metadata;
}

describe('readGitHubMetadata', () => {
  it('says repository, commit, ref, workflow and run', () => {
    const metadata = read(job);
    expect({ ...metadata }).toEqual({
      'github.repository': 'acme/app',
      'github.sha': job.GITHUB_SHA,
      'github.ref': 'refs/tags/v1',
      'github.workflow': 'acme/app/.github/workflows/release.yml@refs/tags/v1',
      'github.run': 'https://github.com/acme/app/actions/runs/4711',
    });
    expect(() => {
      requireUserMetadata(metadata);
    }).not.toThrow();
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
  ])('goes without a ref that is %s', (_what, ref) => {
    expect(Object.keys(read({ ...job, GITHUB_REF: ref }))).not.toContain('github.ref');
  });

  it.each(Object.keys(job).filter((name) => !/_REF$|ATTEMPT/.test(name) || name === 'GITHUB_WORKFLOW_REF'))(
    'is refused where there is no %s',
    (name) => {
      const run = () => read({ ...job, [name]: '' });
      expect(run).toThrow(NotaryError);
      expect(run).toThrow(name);
    },
  );

  it('is nothing unless asked for', () => {
    expect(read(job, 'false')).toEqual({});
    expect(read(job, '')).toEqual({});
  });
});
