import { describe, expect, it } from 'vitest';

import { encodeUtf8 } from '../../../shared/bytes.ts';
import { NotaryError } from '../../../shared/errors.ts';
import { askHelper } from '../../../shared/oci/credential-helper.ts';
import type { Exec } from '../../../shared/ports.ts';

function ending(exitCode: number, stdout: string, stderr = ''): Exec {
  return () => Promise.resolve({ exitCode, stdout: encodeUtf8(stdout), stderr: encodeUtf8(stderr) });
}

const never: Exec = () => {
  throw new Error('was run');
};

describe('askHelper (AUTH-5)', () => {
  it('reads a login', async () => {
    const exec = ending(0, '{"ServerURL":"r.io","Username":"ada","Secret":"x"}\n');
    expect(await askHelper(exec, 'x', 'r.io')).toEqual({ kind: 'basic', username: 'ada', password: 'x' });
  });

  it.each(['credentials not found in native keychain', 'credentials not found in native keychain\n'])(
    'knows %j for none',
    async (stdout) => {
      expect(await askHelper(ending(1, stdout), 'x', 'r.io')).toBeUndefined();
    },
  );

  it.each(['{"Username":"","Secret":""}', '{"Username":"ada","Secret":""}', '{"Username":"","Secret":"x"}'])(
    'takes %s for none',
    async (stdout) => {
      expect(await askHelper(ending(0, stdout), 'x', 'r.io')).toBeUndefined();
    },
  );

  it('tells what it says on failure, cut', async () => {
    const error: unknown = await askHelper(ending(3, 'no session', 'x'.repeat(5000)), 'x', 'r.io').catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NotaryError);
    expect(error).toMatchObject({
      code: 'PROGRAM_FAILED',
      message: expect.stringMatching(
        /^docker-credential-x get failed for r\.io \(exit code 3\): no session; x{300}$/,
      ) as string,
    });
  });

  it.each(['', '{', '[]', '{}', '{"Username":1,"Secret":"x"}', '{"Username":"ada"}'])(
    'refuses the answer %j without showing it',
    async (stdout) => {
      await expect(askHelper(ending(0, stdout), 'x', 'r.io')).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });
    },
  );

  it('shows no secret of an answer that is broken', async () => {
    const error = await askHelper(ending(0, '{"Username":"ada","Secret":"hunter2"'), 'x', 'r.io').catch(
      (reason: unknown) => reason,
    );
    expect((error as NotaryError).message).not.toContain('hunter2');
    expect((error as NotaryError).remedy).toContain('Install the credential helper');
  });

  it.each(['', '../x', 'a/b', 'a\\b', 'x y', '-x', '.x', 'x\n', 'x;y', 'x'.repeat(65)])(
    'never runs a helper of the name %j',
    async (name) => {
      await expect(askHelper(never, name, 'r.io')).rejects.toMatchObject({ code: 'PROGRAM_FAILED' });
    },
  );
});
