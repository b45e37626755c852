import { describe, expect, it } from 'vitest';

import { gitHubIdToken } from '../../../shared/github/id-token.ts';

describe('gitHubIdToken', () => {
  it.each([
    [{}],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://token.example' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
  ])('names the missing permission: %j', async (environment) => {
    await expect(gitHubIdToken(environment)('audience')).rejects.toMatchObject({
      code: 'PERMISSION_MISSING',
      remedy: expect.stringContaining('permissions: { contents: read, id-token: write }') as string,
    });
  });
});
