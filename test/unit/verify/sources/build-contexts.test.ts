import { describe, expect, it } from 'vitest';

import { digestOf } from '../../../../shared/oci/descriptor.ts';
import { buildContexts } from '../../../../verify/sources/build-contexts.ts';
import { parseImageName } from '../../../../verify/sources/image-name.ts';
import type { ImageRole, ImageUse } from '../../../../verify/sources/image-use.ts';
import { refusal } from './refusal.ts';

const digest = digestOf(Buffer.from('one'));
const other = digestOf(Buffer.from('two'));

const use = (text: string, role: ImageRole = 'from'): ImageUse => ({
  reference: parseImageName(text),
  text,
  role,
  file: 'Dockerfile',
  line: 3,
});

describe('build contexts', () => {
  it.each([
    ['alpine', 'alpine=docker-image://docker.io/library/alpine@'],
    ['alpine:latest', 'alpine=docker-image://docker.io/library/alpine@'],
    ['docker.io/library/alpine:3.20', 'alpine:3.20=docker-image://docker.io/library/alpine@'],
    ['grafana/grafana:11', 'grafana/grafana:11=docker-image://docker.io/grafana/grafana@'],
    [
      'mcr.microsoft.com/dotnet/sdk:10.0',
      'mcr.microsoft.com/dotnet/sdk:10.0=docker-image://mcr.microsoft.com/dotnet/sdk@',
    ],
    ['localhost:5000/a:latest', 'localhost:5000/a=docker-image://localhost:5000/a@'],
  ])('have the name that BuildKit looks for: %s', (text, line) => {
    expect(buildContexts([{ use: use(text), digest }], [])).toEqual([line + digest]);
  });

  it('stand for files that are copied and mounted too, not for frontends or other files', () => {
    const roles: ImageRole[] = ['from', 'copy', 'mount', 'syntax', 'compose', 'kubernetes', 'helm'];
    const verified = roles.map((role) => ({ use: use(`${role}:1`, role), digest }));
    expect(buildContexts(verified, []).map((line) => line.split('=')[0])).toEqual(['copy:1', 'from:1', 'mount:1']);
  });

  it('are there once a name, in order', () => {
    const verified = ['node:22', 'alpine', 'alpine:latest', 'docker.io/alpine'].map((text) => ({
      use: use(text),
      digest,
    }));
    expect(buildContexts(verified, []).map((line) => line.split('=')[0])).toEqual(['alpine', 'node:22']);
  });

  it('are not needed for an image that is named by its digest', () => {
    expect(buildContexts([{ use: use(`alpine:3@${digest}`), digest }], ['alpine'])).toEqual([]);
  });

  it('are refused where a stage has the name', () => {
    const error = refusal(() => buildContexts([{ use: use('golang:latest'), digest }], ['build', 'golang']));
    expect(error.code).toBe('SOURCE_INVALID');
    expect(error.message).toContain(
      'Dockerfile:3: a build context for the image "golang" would also replace the stage',
    );
    expect(error.remedy).toContain('Give the stage another name');
    expect(buildContexts([{ use: use('golang:1.23'), digest }], ['golang'])).toHaveLength(1);
  });

  it.each(['context', 'scratch'])('are refused for the name %s, which builders keep', (name) => {
    expect(refusal(() => buildContexts([{ use: use(name), digest }], [])).code).toBe('SOURCE_INVALID');
  });

  it('are refused where one name led to two images', () => {
    const verified = [
      { use: use('alpine'), digest },
      { use: use('alpine:latest'), digest: other },
    ];
    expect(refusal(() => buildContexts(verified, [])).message).toContain(`led to docker-image://`);
  });
});
