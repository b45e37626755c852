import { describe, expect, it } from 'vitest';

import { fullName } from '../../../../verify/sources/image-name.ts';
import { manifestImages } from '../../../../verify/sources/manifests.ts';
import { refusal, refused } from './refusal.ts';

const read = (text: string, variables: Record<string, string> = {}) =>
  manifestImages({ path: 'compose.yaml', text }, variables);
const names = (text: string, variables?: Record<string, string>): readonly string[] =>
  read(text, variables).uses.map(({ line, reference, stage }) => `${line} ${fullName(reference)} ${stage ?? ''}`);
const image = (name: string): string => `services:\n  app:\n    image: ${name}\n`;

describe('a Compose file', () => {
  it('names the images of its services', () => {
    const text =
      'name: shop\nservices:\n  web:\n    image: nginx:1.27\n    platform: linux/arm64\n  db: {image: postgres}\n  idle: {}\n  none:\n';
    expect(read(text)).toEqual({
      uses: [
        {
          reference: { registry: 'docker.io', repository: 'library/nginx', tag: '1.27' },
          text: 'nginx:1.27',
          role: 'compose',
          file: 'compose.yaml',
          line: 4,
          platform: 'linux/arm64',
          stage: 'web',
        },
        {
          reference: { registry: 'docker.io', repository: 'library/postgres', tag: 'latest' },
          text: 'postgres',
          role: 'compose',
          file: 'compose.yaml',
          line: 6,
          stage: 'db',
        },
      ],
      findings: [],
    });
  });

  it('shares what it says by anchors and merge keys', () => {
    const text =
      'x-base: &base\n  image: alpine:3.20\nservices:\n  a: *base\n  b:\n    <<: *base\n  c:\n    <<: *base\n    image: busybox:1\n';
    expect(names(text)).toEqual([
      '2 docker.io/library/alpine:3.20 a',
      '2 docker.io/library/alpine:3.20 b',
      '9 docker.io/library/busybox:1 c',
    ]);
  });

  it('mounts images', () => {
    const text =
      'services:\n  a:\n    image: alpine:3\n    volumes:\n      - ./a:/a\n      - {type: image, source: busybox:1, target: /b}\n      - {type: volume, source: data, target: /c}\n';
    expect(names(text)).toEqual(['3 docker.io/library/alpine:3 a', '6 docker.io/library/busybox:1 a']);
  });

  it.each([
    ['nginx:$TAG', 'nginx:1'],
    ['nginx:${TAG}', 'nginx:1'],
    ['nginx:${TAG:-2}', 'nginx:1'],
    ['nginx:${NONE:-2}', 'nginx:2'],
    ['nginx:${EMPTY:-2}', 'nginx:2'],
    ['nginx:2${EMPTY-3}', 'nginx:2'],
    ['nginx:${NONE-${TAG}}.5', 'nginx:1.5'],
    ['nginx:${NONE:-${ALSO:-4}}', 'nginx:4'],
    ['nginx:1${TAG:+-alpine}${NONE:+-x}', 'nginx:1-alpine'],
    ['nginx:${TAG:?no tag}', 'nginx:1'],
    ['"nginx:${TAG}"', 'nginx:1'],
  ])('has variables: %s is %s', (written, name) => {
    const { uses } = read(image(written), { TAG: '1', EMPTY: '' });
    expect(uses.map(({ text }) => text)).toEqual([name]);
  });

  it.each([
    ['nginx:${NONE}', '"nginx:${NONE}": no value for NONE'],
    ['${NONE:?which one?}', 'NONE: which one?'],
    ['nginx:${TAG', 'has no "}"'],
    ['nginx:${TAG/a/b}', 'has no "}"'],
    ['nginx:$1', '"$1" is not a variable'],
    ['nginx:${}', 'is not a variable'],
    ['nginx:$$TAG', '"$TAG" is not a tag'],
    [`nginx:${'${A:-'.repeat(20)}`, 'nested deeper'],
    ['Nginx', 'not lower-case'],
    ['12', 'a name stands in quotes'],
    ['[nginx]', 'a name stands in quotes'],
  ])('is refused, with its line: %s', (written, reason) => {
    const told = refused(() => read(image(`'${written}'`.replace(/^'(12|\[nginx\])'$/, '$1')), { TAG: '1' }));
    expect(told).toMatch(/^SOURCE_INVALID compose\.yaml:3: /);
    expect(told).toContain(reason);
  });

  it('says where a missing value can come from', () => {
    expect(refusal(() => read(image('$NONE'))).remedy).toContain('`env:`');
  });

  it('takes no variable from the prototype of the object', () => {
    expect(refused(() => read(image('nginx:$constructor')))).toContain('no value for constructor');
  });

  it('tells of what is built', () => {
    const service = (more: string): string => `services:\n  app:\n    build: .\n${more}`;
    expect(read(service(''))).toMatchObject({ uses: [], findings: [{ code: 'build-not-followed', line: 3 }] });
    const pulled = read(service('    image: own/app:1\n'));
    expect(pulled.uses.map(({ text }) => text)).toEqual(['own/app:1']);
    expect(pulled.findings[0]?.message).toContain('may be pulled all the same');
    const built = read(service('    image: own/app:1\n    pull_policy: build\n'));
    expect(built.uses).toEqual([]);
    expect(built.findings[0]?.message).not.toContain('may be pulled');
  });

  it('tells of files that it names', () => {
    const text = 'include:\n  - other.yaml\nservices:\n  a:\n    extends:\n      file: base.yaml\n      service: b\n';
    expect(read(text).findings.map(({ code, line }) => `${code} ${line}`)).toEqual([
      'include-not-followed 6',
      'include-not-followed 2',
    ]);
  });

  it('is refused for a platform that is none', () => {
    expect(refused(() => read('services:\n  a:\n    image: alpine\n    platform: amiga\n'))).toMatch(
      /^SOURCE_INVALID compose\.yaml:3: /,
    );
  });
});
