// An envelope in either format, without a deviation of its own.

import type { StoredEnvelope } from './case.ts';
import type { Content } from './content.ts';
import { writeCose } from './cose-writer.ts';
import { writeJws } from './jws-writer.ts';
import type { Format } from './world.ts';

export function writeEnvelope(format: Format, content: Content): StoredEnvelope {
  return format === 'cose' ? writeCose(content) : writeJws(content);
}
