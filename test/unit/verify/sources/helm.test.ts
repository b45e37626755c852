import { describe, expect, it } from 'vitest';

import { fullName } from '../../../../verify/sources/image-name.ts';
import { manifestImages } from '../../../../verify/sources/manifests.ts';
import { refusal } from './refusal.ts';

const read = (text: string) => manifestImages({ path: 'Chart.yaml', text }, {});
const chart = (dependency: string): string =>
  `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n  - ${dependency}\n`;

describe('a Helm chart', () => {
  it.each([
    [
      '{name: redis, version: 20.1.0, repository: "oci://registry.example/charts"}',
      'registry.example/charts/redis:20.1.0',
    ],
    [
      '{name: redis, version: "20.1.0+build.5", repository: "oci://registry.example/charts/"}',
      'registry.example/charts/redis:20.1.0_build.5',
    ],
    [
      '{name: a, version: v1.2.3-rc.1, repository: "oci://registry.example:5000"}',
      'registry.example:5000/a:v1.2.3-rc.1',
    ],
  ])('depends on an OCI artifact: %s', (dependency, name) => {
    const { uses, findings } = read(chart(dependency));
    expect(uses.map(({ reference }) => fullName(reference))).toEqual([name]);
    expect(uses[0]).toMatchObject({ role: 'helm', file: 'Chart.yaml', line: 5 });
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('helm template')]);
  });

  it('is read from Chart.lock too', () => {
    const lock =
      'dependencies:\n- name: redis\n  repository: oci://registry.example/charts\n  version: 20.1.0\ndigest: sha256:0\ngenerated: "2026-01-01T00:00:00Z"\n';
    expect(read(lock).uses.map(({ reference, line }) => `${line} ${fullName(reference)}`)).toEqual([
      '3 registry.example/charts/redis:20.1.0',
    ]);
  });

  it.each([
    ['{name: a, version: 1.0.0, repository: "https://charts.example"}', 'https://charts.example'],
    ['{name: a, version: 1.0.0, repository: "file://../a"}', 'file://../a'],
    ['{name: a, version: 1.0.0, repository: "@own"}', '@own'],
    ['{name: a, version: 1.0.0}', 'the charts/ directory'],
  ])('tells of a dependency that is none: %s', (dependency, origin) => {
    const { uses, findings } = read(chart(dependency));
    expect(uses).toEqual([]);
    expect(findings[0]).toMatchObject({ code: 'chart-not-followed', line: 5 });
    expect(findings[0]?.message).toContain(`chart "a" comes from ${origin}`);
  });

  it.each(['^1.2.0', '1.x', '>=1.0.0', '1.2', '*', ''])('is refused for a range of versions: "%s"', (version) => {
    const error = refusal(() =>
      read(chart(`{name: a, version: "${version}", repository: "oci://registry.example/c"}`)),
    );
    expect(error.message).toBe(`Chart.yaml:5: chart "a": "${version}" is not one version`);
    expect(error.remedy).toContain('Chart.lock');
  });

  it.each([
    ['{name: "../a", version: 1.0.0, repository: "oci://registry.example/c"}'],
    ['{name: a, version: 1.0.0, repository: "oci://"}'],
    ['{version: 1.0.0, repository: "oci://registry.example/c"}'],
  ])('is refused for a bad name: %s', (dependency) => {
    expect(refusal(() => read(chart(dependency))).message).toMatch(/^Chart\.yaml:5: /);
  });
});
