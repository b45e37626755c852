import { describe, expect, it } from 'vitest';

import { fullName } from '../../../../verify/sources/image-name.ts';
import { manifestImages } from '../../../../verify/sources/manifests.ts';
import { refusal, refused } from './refusal.ts';

const read = (text: string) => manifestImages({ path: 'app.yaml', text }, {});
const names = (text: string): readonly string[] =>
  read(text).uses.map(({ line, reference, stage }) => `${line} ${fullName(reference)} ${stage ?? ''}`);

const pod = 'containers: [{name: a, image: "alpine:3.20"}]';
const object = (kind: string, rest: string, apiVersion = 'v1'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: app}\n${rest}\n`;

describe('a Kubernetes manifest', () => {
  it.each([
    ['Pod', `spec: {${pod}}`],
    ['PodTemplate', `template: {spec: {${pod}}}`],
    ['Deployment', `spec: {template: {spec: {${pod}}}}`],
    ['ReplicaSet', `spec: {template: {spec: {${pod}}}}`],
    ['StatefulSet', `spec: {template: {spec: {${pod}}}}`],
    ['DaemonSet', `spec: {template: {spec: {${pod}}}}`],
    ['Job', `spec: {template: {spec: {${pod}}}}`],
    ['CronJob', `spec: {jobTemplate: {spec: {template: {spec: {${pod}}}}}}`],
    ['Rollout', `spec: {template: {spec: {${pod}}}}`],
    ['SomeCustomResource', `spec: {deep: [{er: {${pod}}}]}`],
  ])('names the images of the pods of a %s', (kind, rest) => {
    expect(names(object(kind, rest))).toEqual([`4 docker.io/library/alpine:3.20 ${kind}/app`]);
  });

  it('has containers of three kinds, and images as volumes', () => {
    const text = object(
      'Pod',
      [
        'spec:',
        '  initContainers: [{name: i, image: "init:1"}]',
        '  containers:',
        '    - {name: a, image: registry.example/app:2}',
        '    - {name: b}',
        '    - {name: c, image: null}',
        '  ephemeralContainers: [{name: e, image: "debug:3"}]',
        '  volumes:',
        '    - {name: v, image: {reference: "data:4", pullPolicy: Always}}',
        '    - {name: w, emptyDir: {}}',
      ].join('\n'),
    );
    expect(names(text)).toEqual([
      '5 docker.io/library/init:1 Pod/app',
      '7 registry.example/app:2 Pod/app',
      '10 docker.io/library/debug:3 Pod/app',
      '12 docker.io/library/data:4 Pod/app',
    ]);
    expect(read(text).findings).toEqual([]);
  });

  it('may have many documents, and lists', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {${pod}}}\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: y}, data: {image: "busybox:1"}}\n`;
    expect(names(`${object('Pod', `spec: {${pod}}`)}---\n# nothing\n---\n${list}`)).toEqual([
      '4 docker.io/library/alpine:3.20 Pod/app',
      '11 docker.io/library/alpine:3.20 Pod/x',
    ]);
  });

  it('has no name where none is given', () => {
    expect(names(`apiVersion: v1\nkind: Pod\nspec: {${pod}}\n`)).toEqual(['3 docker.io/library/alpine:3.20 Pod']);
  });

  it.each(['ConfigMap', 'Secret'])('keeps data in a %s', (kind) => {
    expect(read(object(kind, 'data: {image: "busybox:1", containers: "x"}'))).toEqual({ uses: [], findings: [] });
  });

  it.each([
    ['a text', 'spec: {agent: {image: "busybox:1"}}', 'busybox:1'],
    ['a repository and a tag', 'spec: {image: {repository: registry.example/a, tag: "1"}}', 'registry.example/a'],
    ['in a container', 'spec: {containers: [{image: {repository: own, tag: "1"}}]}', 'own'],
    ['of one container', 'spec: {template: {container: {image: "busybox:1"}}}', 'busybox:1'],
  ])('tells of an image at a place that is not known: %s', (_what, rest, name) => {
    const { uses, findings } = read(object('Custom', rest));
    expect(uses).toEqual([]);
    expect(findings).toEqual([
      {
        code: 'kind-unknown',
        message: expect.stringContaining(`Custom/app names the image "${name}"`) as string,
        file: 'app.yaml',
        line: 4,
      },
    ]);
  });

  it('says nothing of images that are none', () => {
    expect(read(object('Custom', 'spec: {image: "", containers: ["a"], other: {image: [1]}}')).findings).toEqual([]);
  });

  it('is refused for a bad name, with its line', () => {
    expect(refused(() => read(object('Pod', 'spec: {containers: [{image: "Bad"}]}')))).toContain(
      'SOURCE_INVALID app.yaml:4: ',
    );
  });

  it('is refused where kustomize would change it', () => {
    const error = refusal(() => read(object('Kustomization', 'images: []', 'kustomize.config.k8s.io/v1beta1')));
    expect(error.message).toContain('app.yaml:1: kustomize may change');
    expect(error.remedy).toContain('kubectl kustomize');
    expect(read(object('Kustomization', 'spec: {}', 'kustomize.toolkit.fluxcd.io/v1')).uses).toEqual([]);
  });

  it('reads what aliases share once', () => {
    const lists = Array.from({ length: 2000 }, (_, index) => `  - {name: p${index}, spec: *s}`).join('\n');
    expect(names(object('Custom', `base: &s {${pod}}\nothers:\n${lists}`))).toHaveLength(1);
  });
});
