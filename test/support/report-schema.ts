// The JSON Schemas of the reports, sharpened for tests: a member that they do not describe is an error.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';

export function reportValidator(action: 'sign' | 'verify'): ValidateFunction {
  const path = join(import.meta.dirname, `../../${action}/report.schema.json`);
  const formats = { 'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ };
  return new Ajv({ allErrors: true, allowUnionTypes: true, formats }).compile(closed(readFileSync(path, 'utf8')));
}

function closed(text: string): object {
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && 'properties' in value && 'type' in value
      ? { additionalProperties: false, ...value }
      : value,
  ) as object;
}
