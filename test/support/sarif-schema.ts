// The published JSON Schema of SARIF 2.1.0 (OASIS), as the Go module of Ratify carries it: pinned by its go.sum.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';

const peer = join(import.meta.dirname, '../peers/ratify');
const place = 'plugins/verifier/vulnerabilityreport/schemavalidation/schemas/sarif-2.1.0.json';

export function sarifValidator(): ValidateFunction {
  const format = ['list', '-m', '-f', '{{.Dir}}', 'github.com/ratify-project/ratify'];
  const directory = execFileSync('go', format, { cwd: peer, encoding: 'utf8' }).trim();
  const schema = JSON.parse(readFileSync(join(directory, place), 'utf8')) as object;
  // Its formats are told apart by patterns of their own where it matters.
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
}
