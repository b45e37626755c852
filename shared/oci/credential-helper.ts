// Runs docker-credential-NAME, the programs that keep logins outside of the configuration file. AUTH-5; the protocol of
// docker/docker-credential-helpers.

import { encodeUtf8, showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { member, parseJson, requireObject, requireString } from '../json.ts';
import type { Exec, ExecResult } from '../ports.ts';
import type { Credentials } from './credentials.ts';

/** The end of a file name: nothing that leads elsewhere. */
const helperName = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** What the helpers say when they have nothing; by the library that all of them are made with. */
const notFound = 'credentials not found in native keychain';
/** An identity token stands in the place of the password. */
const tokenUser = '<token>';
/** What a helper says is quoted up to this length. */
const maxQuoteBytes = 300;

/**
 * @param address  as the configuration names the registry
 * @returns        undefined where the helper knows none
 * @throws NotaryError PROGRAM_FAILED  no such helper, or it fails, or it says nothing that can be read
 */
export async function askHelper(exec: Exec, name: string, address: string): Promise<Credentials | undefined> {
  if (!helperName.test(name)) throw broken(`"${name}" is no name of a credential helper`);
  const program = `docker-credential-${name}`;
  const result = await exec(program, ['get'], encodeUtf8(address)).catch((error: unknown) => {
    if (!hasCode(error, 'PROGRAM_FAILED')) throw error;
    throw broken(error.message, error);
  });
  const { exitCode, stdout } = result;
  if (exitCode === 0) return readAnswer(stdout, `the answer of ${program} get`);
  if (showUtf8(stdout.subarray(0, maxQuoteBytes)).trim() === notFound) return undefined;
  throw broken(`${program} get failed for ${address} (exit code ${exitCode}): ${wordsOf(result)}`);
}

function readAnswer(stdout: Uint8Array, what: string): Credentials | undefined {
  const source: Source = { code: 'PROGRAM_FAILED', what };
  try {
    const answer = requireObject(parseJson(stdout, source), source, 'it');
    return toCredentials(
      requireString(member(answer, 'Username'), source, 'Username'),
      requireString(member(answer, 'Secret'), source, 'Secret'),
    );
  } catch (error) {
    if (!hasCode(error, source.code)) throw error;
    throw broken(error.message, error);
  }
}

function toCredentials(username: string, secret: string): Credentials | undefined {
  if (secret === '') return undefined;
  if (username === tokenUser) return { kind: 'refresh', token: secret };
  return username === '' ? undefined : { kind: 'basic', username, password: secret };
}

function wordsOf({ stdout, stderr }: ExecResult): string {
  const words = [stdout, stderr].map((bytes) => showUtf8(bytes.subarray(0, maxQuoteBytes)).trim());
  return words.filter((text) => text !== '').join('; ') || 'no message';
}

function broken(message: string, cause?: NotaryError): NotaryError {
  const remedy =
    'Install the credential helper on the runner and log in with it, or take it out of the configuration; or give registry-username and registry-password.';
  return new NotaryError('PROGRAM_FAILED', message, { remedy, ...(cause && { cause }) });
}
