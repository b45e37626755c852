// Why Microsoft Entra gave no token, and what to do about it. Entra error codes ("AADSTS…") and the federated
// credential considerations of Microsoft's documentation.

import { showUtf8 } from '../bytes.ts';
import type { Source } from '../bytes.ts';
import { NotaryError, hasCode } from '../errors.ts';
import { isJsonObject, member, parseJson } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { HttpResponse } from '../ports.ts';
import { clouds } from './cloud.ts';
import type { AzureCloud } from './cloud.ts';
import { readClaims, showClaims, showServerText, textClaim } from './token-claims.ts';

export interface Presented {
  readonly identity: { readonly clientId: string; readonly tenantId: string; readonly cloud: AzureCloud };
  readonly authority: URL;
  readonly scope: string;
  /** Only its claims are shown. */
  readonly assertion?: string | undefined;
  /** A client secret was presented instead of an assertion. */
  readonly withSecret?: boolean;
}

type Remedy = (presented: Presented) => string;

const always =
  (remedy: string): Remedy =>
  () =>
    remedy;

const propagation = 'A new federated credential takes a few minutes to work.';

const noSecret =
  'Better than a new one is a federated credential: azure-client-id, azure-tenant-id and id-token: write need no secret.';

const remedies: ReadonlyMap<number, Remedy> = new Map<number, Remedy>([
  [
    700213,
    (presented) =>
      `No federated credential names this subject. If it is the workflow you mean to trust (the subject changes with branch, tag, environment and pull request; repositories made since July 2026 carry numeric ids in it), run: ${createCommands(presented)}. ${propagation}`,
  ],
  [
    700211,
    (presented) =>
      `No federated credential names this issuer. Write it exactly as presented, without a trailing slash (GitHub Enterprise has an issuer of its own): ${createCommands(presented)}. ${propagation}`,
  ],
  [
    700212,
    ({ identity }) =>
      `No federated credential names this audience. Set its only audience to ${clouds[identity.cloud].assertionAudience} (azure-cloud: ${identity.cloud}). ${propagation}`,
  ],
  [
    70021,
    (presented) =>
      `${propagation} If the credential is older, its issuer, subject or audience differs from what was presented: ${createCommands(presented)}.`,
  ],
  [
    7002138,
    (presented) =>
      `A federated credential differs from the presented subject in letter case only; the comparison is case-sensitive. Create it with exactly this subject: ${createCommands(presented)}.`,
  ],
  [
    7002137,
    (presented) =>
      `The subject of the federated credential has another form than the presented one. Create it with exactly this subject: ${createCommands(presented)}.`,
  ],
  [7002131, always('The expression of the flexible federated credential does not match the subject; correct it.')],
  [70025, (presented) => `This identity has no federated credential. Add one: ${createCommands(presented)}.`],
  [
    700016,
    ({ identity }) =>
      `There is no application or managed identity ${identity.clientId} in tenant ${identity.tenantId}; check azure-client-id and azure-tenant-id.`,
  ],
  [
    700024,
    always(
      'The token presented was outside its validity (five minutes, if it is from GitHub) when it arrived; correct the clock of the runner and run the job again.',
    ),
  ],
  [7000215, always(`The client secret is wrong (AZURE_CLIENT_SECRET takes its value, not its id). ${noSecret}`)],
  [7000222, always(`The client secret has expired. ${noSecret}`)],
  [700223, always('A policy of the tenant forbids federated credentials; ask the administrator of the tenant.')],
  [700238, always('A policy of the tenant forbids this issuer; ask the administrator of the tenant.')],
  [
    900382,
    ({ identity }) =>
      `The identity belongs to another cloud than azure-cloud: ${identity.cloud}; set azure-cloud to that of the tenant.`,
  ],
  [
    90002,
    ({ identity }) => `There is no tenant ${identity.tenantId} in this cloud; check azure-tenant-id and azure-cloud.`,
  ],
  [
    500011,
    ({ scope }) =>
      `The tenant does not know the service behind ${scope}; register its resource provider once: az provider register --namespace ${scope.includes('codesigning') ? 'Microsoft.CodeSigning' : 'Microsoft.ContainerRegistry'}.`,
  ],
  [70011, always('The scope was refused, which is a defect of this action; please report it.')],
]);

/** What a refusal by the token endpoint means. Never contains a token. */
export function entraFailure(response: HttpResponse, presented: Presented): NotaryError {
  const body = readBody(response);
  const description = text(body, 'error_description') ?? describeOther(response);
  const number = errorNumber(body, description);
  const transient =
    response.status === 429 || response.status >= 500 || text(body, 'error') === 'temporarily_unavailable';
  const { clientId, tenantId } = presented.identity;
  const facts = [
    `presented: ${presented.withSecret === true ? 'a client secret' : showClaims(presented.assertion, ['iss', 'sub', 'aud'])}`,
    `client id ${clientId}, tenant ${tenantId}, authority ${presented.authority.origin}, scope ${presented.scope}`,
    ...optional('correlation id ', text(body, 'correlation_id')),
    ...optional('trace id ', text(body, 'trace_id')),
  ];
  const code = number === undefined ? '' : `, AADSTS${number}`;
  const message = `Microsoft Entra gave no token (HTTP ${response.status}${code}): ${plainWords(description)}; ${facts.join('; ')}`;
  if (transient) return new NotaryError('CREDENTIAL_UNAVAILABLE', message);
  const remedy = remedies.get(number ?? 0)?.(presented);
  return new NotaryError('CREDENTIAL_REJECTED', message, remedy === undefined ? {} : { remedy });
}

/** Whether a federated credential may be there and not yet known everywhere. */
export function mayPropagate(response: HttpResponse): boolean {
  const body = readBody(response);
  return errorNumber(body, text(body, 'error_description') ?? '') === 70021;
}

const source: Source = { code: 'CREDENTIAL_UNAVAILABLE', what: 'the answer of Entra' };

function readBody(response: HttpResponse): JsonObject | undefined {
  try {
    const body = parseJson(response.body, source);
    return isJsonObject(body) ? body : undefined;
  } catch (error) {
    // An HTML page of a proxy, or nothing at all.
    if (hasCode(error, source.code)) return undefined;
    throw error;
  }
}

function text(body: JsonObject | undefined, name: string): string | undefined {
  const value = body === undefined ? undefined : member(body, name);
  return typeof value === 'string' ? showServerText(value) : undefined;
}

function describeOther(response: HttpResponse): string {
  return response.body.length === 0 ? 'an empty answer' : showUtf8(response.body.subarray(0, 400));
}

/** Without the number, which stands before, and the ids and the time, which follow every description. */
function plainWords(description: string): string {
  const words = showServerText(description);
  const end = words.indexOf(' Trace ID: ');
  return (end < 0 ? words : words.slice(0, end)).replace(/^AADSTS\d{1,9}: /, '');
}

function errorNumber(body: JsonObject | undefined, description: string): number | undefined {
  const codes = body === undefined ? undefined : member(body, 'error_codes');
  const first = Array.isArray(codes) ? (codes as readonly unknown[])[0] : undefined;
  if (typeof first === 'number') return first;
  const digits = /AADSTS(\d{4,9})/.exec(description)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function optional(label: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [label + value];
}

/** The command for an app registration, then the one for a managed identity, with what was really presented. */
function createCommands({ identity, assertion }: Presented): string {
  const claims = assertion === undefined ? undefined : readClaims(assertion);
  const issuer = textClaim(claims, 'iss') ?? 'https://token.actions.githubusercontent.com';
  const subject = textClaim(claims, 'sub') ?? 'repo:OWNER/REPOSITORY:ref:refs/heads/main';
  const audience = clouds[identity.cloud].assertionAudience;
  const parameters = JSON.stringify({ name: 'github', issuer, subject, audiences: [audience] });
  return [
    `az ad app federated-credential create --id ${identity.clientId} --parameters ${quote(parameters)}`,
    `or, for a managed identity, az identity federated-credential create --name github --identity-name NAME --resource-group GROUP --issuer ${quote(issuer)} --subject ${quote(subject)} --audiences ${quote(audience)}`,
  ].join(' ');
}

// A branch name may hold what a shell would run; the user is going to paste this line.
function quote(argument: string): string {
  return `'${argument.replaceAll("'", "'\\''")}'`;
}
