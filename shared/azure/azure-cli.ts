// Tokens of the Azure CLI's session, such as azure/login leaves behind: `az account get-access-token`. The session has
// an identity of its own, and `az` keeps what it is given on its own.

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { isJsonObject, member, parseJson, requireArray } from '../json.ts';
import type { Environment, Exec, Files } from '../ports.ts';
import type { CliCredential } from './credential.ts';
import { readIssuedToken } from './issued-token.ts';
import type { TokenSource } from './issued-token.ts';
import { showServerText } from './token-claims.ts';

interface CliServices {
  readonly exec: Exec;
  readonly environment: Environment;
}

const login =
  'Run azure/login (or az login) before this step. Without an Azure CLI, give azure-client-id and azure-tenant-id and let the job have id-token: write.';

export function cliToken({ tenantId }: CliCredential, { exec, environment }: CliServices): TokenSource {
  return async (scope) => {
    const resource = scope.replace(/\/\.default$/, '');
    const tenant = tenantId === undefined ? [] : ['--tenant', tenantId];
    const args = ['account', 'get-access-token', '--output', 'json', '--resource', resource, ...tenant];
    const [file, ...first] = command(environment);
    const result = await exec(file, [...first, ...args], new Uint8Array()).catch((error: unknown) => {
      if (!hasCode(error, 'PROGRAM_FAILED')) throw error;
      throw new NotaryError('CREDENTIAL_UNAVAILABLE', `the Azure CLI: ${error.message}`, {
        cause: error,
        remedy: login,
      });
    });
    if (result.exitCode !== 0) throw refusal(result.exitCode, result.stderr, scope);
    // Versions before 2.54 have only local time, under another name.
    return readIssuedToken(result.stdout, 'accessToken', source);
  };
}

// On Windows `az` is a batch file, which only the command interpreter starts. No argument holds anything that it reads.
function command({ OS: system, ComSpec: interpreter = 'cmd.exe' }: Environment): readonly [string, ...string[]] {
  return system === 'Windows_NT' ? [interpreter, '/d', '/s', '/c', 'az'] : ['az'];
}

function refusal(exitCode: number, stderr: Uint8Array, scope: string): NotaryError {
  const words = showServerText(showUtf8(stderr.subarray(-1200)));
  const message = `the Azure CLI gave no token for ${scope} (exit code ${exitCode}): ${words === '' ? 'no message' : words}`;
  // The session was made with one GitHub token, which is over after five minutes.
  const remedy = words.includes('AADSTS700024')
    ? 'The login of the Azure CLI is older than the GitHub token it was made with. Give azure-client-id and azure-tenant-id, with which every token is asked for anew.'
    : login;
  return new NotaryError('CREDENTIAL_REJECTED', message, { remedy });
}

const source: Source = { code: 'CREDENTIAL_UNAVAILABLE', what: 'the answer of the Azure CLI' };

// A profile with a hundred subscriptions has some 50 KiB.
const maxProfileBytes = 4 * 1024 * 1024;

/** Whether somebody is logged in, as far as the file says in which the Azure CLI keeps its subscriptions. */
export async function hasCliSession(files: Files, environment: Environment): Promise<boolean> {
  const home = environment.HOME ?? environment.USERPROFILE;
  const directory = environment.AZURE_CONFIG_DIR ?? (home === undefined ? undefined : `${home}/.azure`);
  if (directory === undefined || directory === '') return false;
  try {
    const bytes = await files.read(`${directory}/azureProfile.json`, maxProfileBytes);
    if (bytes === undefined) return false;
    const profile = parseJson(withoutMark(bytes), profileSource);
    const subscriptions = isJsonObject(profile) ? (member(profile, 'subscriptions') ?? []) : [];
    return requireArray(subscriptions, profileSource, 'subscriptions').length > 0;
  } catch (error) {
    // Somebody else's file: what cannot be read is no session.
    if (hasCode(error, 'FILE_UNREADABLE', profileSource.code)) return false;
    throw error;
  }
}

const profileSource: Source = { code: 'CREDENTIAL_UNAVAILABLE', what: 'azureProfile.json' };

/** The Azure CLI writes a byte order mark. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
