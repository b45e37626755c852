// What in a request or a response nobody may ever read in a log: credentials in fields, in forms and in answers.

import type { HttpRequest, HttpResponse } from '../../../shared/ports.ts';

const inForms = ['client_assertion', 'client_secret', 'access_token', 'refresh_token'];
const inAnswers = /"(?:value|access_token|refresh_token|token|oidcToken)"\s*:\s*"([^"]+)"/g;

export function secretsOf(message: HttpRequest | HttpResponse): readonly string[] {
  const text = Buffer.from(message.body ?? []).toString('latin1');
  if ('status' in message) return Array.from(text.matchAll(inAnswers), ([, secret = '']) => secret);
  const authorization = message.headers?.authorization?.split(' ')[1];
  const form = new URLSearchParams(text.includes('=') ? text : '');
  return [authorization, ...inForms.map((name) => form.get(name))].filter((secret) => typeof secret === 'string');
}
