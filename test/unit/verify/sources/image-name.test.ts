import { describe, expect, it } from 'vitest';

import { familiarName, fullName, parseImageName } from '../../../../verify/sources/image-name.ts';
import { refused } from './refusal.ts';

const digest = `sha256:${'a1'.repeat(32)}`;

describe('the name of an image', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest', 'alpine'],
    ['alpine:latest', 'docker.io/library/alpine:latest', 'alpine'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['docker.io/library/alpine:3.20', 'docker.io/library/alpine:3.20', 'alpine:3.20'],
    ['index.docker.io/alpine', 'docker.io/library/alpine:latest', 'alpine'],
    ['grafana/grafana:11', 'docker.io/grafana/grafana:11', 'grafana/grafana:11'],
    ['library/a/b:1', 'docker.io/library/a/b:1', 'library/a/b:1'],
    ['localhost/a', 'localhost/a:latest', 'localhost/a'],
    ['registry.example:5000/a/b:latest', 'registry.example:5000/a/b:latest', 'registry.example:5000/a/b'],
    [`alpine@${digest}`, `docker.io/library/alpine@${digest}`, `alpine@${digest}`],
    [`alpine:3@${digest}`, `docker.io/library/alpine:3@${digest}`, `alpine:3@${digest}`],
    [`alpine:latest@${digest}`, `docker.io/library/alpine:latest@${digest}`, `alpine:latest@${digest}`],
  ])('%s is %s in full, and %s in short', (text, full, familiar) => {
    const reference = parseImageName(text);
    expect(fullName(reference)).toBe(full);
    expect(familiarName(reference)).toBe(familiar);
  });

  it.each([
    ['docker://alpine:3', 'without a scheme'],
    ['oci://registry.example/a:1', 'without a scheme'],
    ['ab'.repeat(32), 'not named by its id'],
    ['Alpine', 'not lower-case'],
    ['alpine:', 'is not a tag'],
    ['', 'not lower-case'],
    ['alpine 3', 'not lower-case'],
  ])('is refused: %s', (text, reason) => {
    const told = refused(() => parseImageName(text));
    expect(told).toMatch(/^REFERENCE_INVALID /);
    expect(told).toContain(reason);
  });
});
