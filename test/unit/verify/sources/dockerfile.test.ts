// What the corpus does not say: findings, names of stages, limits, and damage.

import { describe, expect, it } from 'vitest';

import { corpus, optionsOf } from '../../../dockerfiles/corpus.ts';
import { mutations } from '../../../support/mutate.ts';
import { hasCode } from '../../../../shared/errors.ts';
import { dockerfileImages } from '../../../../verify/sources/dockerfile.ts';
import type { DockerfileOptions } from '../../../../verify/sources/dockerfile.ts';
import { parsePlatform } from '../../../../verify/sources/platform.ts';
import { refusal, refused } from './refusal.ts';

const digest = `sha256:${'a1'.repeat(32)}`;
const options: DockerfileOptions = { buildArgs: {}, platforms: [], buildPlatform: parsePlatform('linux/amd64') };
const read = (text: string, more: Partial<DockerfileOptions> = {}) =>
  dockerfileImages({ path: 'app/Dockerfile', text }, { ...options, ...more });

describe('a Dockerfile', () => {
  it('gives every use with its place', () => {
    const { uses } = read('# syntax=docker/dockerfile:1\nFROM alpine AS base\n\nCOPY --from=nginx:1.27 \\\n  /a /a\n');
    expect(uses).toEqual([
      {
        reference: { registry: 'docker.io', repository: 'docker/dockerfile', tag: '1' },
        text: 'docker/dockerfile:1',
        role: 'syntax',
        file: 'app/Dockerfile',
        line: 1,
      },
      {
        reference: { registry: 'docker.io', repository: 'library/alpine', tag: 'latest' },
        text: 'alpine',
        role: 'from',
        file: 'app/Dockerfile',
        line: 2,
        stage: 'base',
      },
      {
        reference: { registry: 'docker.io', repository: 'library/nginx', tag: '1.27' },
        text: 'nginx:1.27',
        role: 'copy',
        file: 'app/Dockerfile',
        line: 4,
        stage: 'base',
      },
    ]);
  });

  it('says the platform where the file or the caller does', () => {
    const text = 'FROM --platform=linux/arm64 alpine AS a\nFROM debian\nCOPY --from=a / /\n';
    expect(read(text).uses.map(({ platform }) => platform)).toEqual(['linux/arm64', undefined]);
    const platforms = [parsePlatform('linux/s390x'), parsePlatform('linux/amd64')];
    expect(read(text, { platforms }).uses.map(({ line, platform }) => `${line} ${platform ?? ''}`)).toEqual([
      '1 linux/arm64',
      '2 linux/s390x',
      '2 linux/amd64',
    ]);
  });

  it('gives the names of all stages, needed or not', () => {
    const text = 'FROM alpine AS One\nFROM busybox AS two\nFROM debian\n';
    expect(read(text).stageNames).toEqual(['one', 'two']);
  });

  it('tells that ONBUILD inside images is not visible, once a file', () => {
    const { findings } = read('FROM scratch AS a\nFROM alpine AS b\nFROM debian:12\nCOPY --from=b / /\n');
    expect(findings).toEqual([
      {
        code: 'onbuild-not-visible',
        message: expect.stringContaining('inside alpine, debian:12 name') as string,
        file: 'app/Dockerfile',
        line: 2,
      },
    ]);
    expect(read('FROM scratch\n').findings).toEqual([]);
  });

  it.each([
    ['docker/dockerfile:1', ['frontend-not-pinned']],
    [`docker/dockerfile:1@${digest}`, []],
    ['docker.io/docker/dockerfile-upstream:master', ['frontend-not-pinned']],
    ['registry.example/docker/dockerfile:1', ['frontend-not-pinned', 'frontend-unknown']],
    [`registry.example/own@${digest}`, ['frontend-unknown']],
  ])('tells what the frontend %s means', (frontend, codes) => {
    const { findings } = read(`# syntax=${frontend}\nFROM scratch\n`);
    expect(findings.map(({ code }) => code)).toEqual(codes);
    expect(findings.every(({ line }) => line === 1)).toBe(true);
  });

  it('takes the frontend from a build argument, where there is one', () => {
    const { uses } = read('FROM scratch\n', { buildArgs: { BUILDKIT_SYNTAX: ' registry.example/own:2 --flag ' } });
    expect(uses.map(({ text, line }) => `${text} ${line}`)).toEqual(['registry.example/own:2 1']);
    expect(refused(() => read('FROM scratch\n', { buildArgs: { BUILDKIT_SYNTAX: '' } }))).toContain(
      'app/Dockerfile:1: ',
    );
  });

  it('tells which images BuildKit holds to no build context', () => {
    const late = (image: string) =>
      `FROM alpine AS base\nONBUILD COPY --from=tools / /\nFROM debian AS tools\nCOPY --from=${image} / /\nFROM base\n`;
    const codes = (image: string) => read(late(image)).findings.map(({ code, line }) => `${code} ${line}`);
    expect(codes('busybox:1')).toEqual(['onbuild-not-visible 1', 'context-not-used 4']);
    expect(codes(`busybox@${digest}`)).toEqual(['onbuild-not-visible 1']);
  });

  it('names the missing variable, and what to do', () => {
    const error = refusal(() => read('ARG A=$B\nARG C\nFROM ${A}alpine:3$C\n'));
    expect(error.message).toContain('app/Dockerfile:3: "alpine:3" is not the whole name: no value for "B", "C"');
    expect(error.remedy).toContain('build-args');
  });

  it('keeps the remedy of the place that knows one', () => {
    expect(refusal(() => read('FROM alpine\nCOPY --from=$A / /\n')).remedy).toContain('a stage of its own');
  });

  it('takes no build argument from the prototype of the object', () => {
    expect(refused(() => read('ARG constructor\nFROM alpine:${constructor}\n'))).toContain(
      'no value for "constructor"',
    );
  });

  it.each([
    ['the file', `FROM alpine\n${'#'.repeat(1024 * 1024)}`, 'is longer than 1048576'],
    ['a line', `FROM alpine\nRUN ${'x'.repeat(65_536)}\n`, ':2: has'],
    ['a null character', 'FROM al\0pine\n', ':1: has a null character'],
    ['doubled values', `ARG A=xxxxxxxx\n${'ARG A=$A$A\n'.repeat(40)}FROM $A\n`, 'a value is longer than 16384'],
    ['a value that is empty space', '# escape= \nFROM alpine\n', '"# escape=" has no value'],
  ])('has limits: %s', (_what, text, reason) => {
    const told = refused(() => read(text));
    expect(told).toMatch(/^SOURCE_INVALID app\/Dockerfile:\d+: /);
    expect(told).toContain(reason);
  });

  it('is read in reasonable time, whatever the number of stages', () => {
    const stages = Array.from(
      { length: 10_000 },
      (_, index) => `FROM ${index === 0 ? 'alpine' : `s${index - 1}`} AS s${index}\n`,
    );
    expect(read(stages.join('')).uses).toHaveLength(1);
    const copies = 'COPY --from=s0 / /\n'.repeat(20_000);
    expect(read(`FROM alpine AS s0\nFROM debian\n${copies}`).uses).toHaveLength(2);
  });

  it('ends in a value or a SOURCE_INVALID, whatever the damage', () => {
    const counts = { read: 0, refused: 0 };
    corpus.forEach((example, index) => {
      for (const bytes of mutations(new TextEncoder().encode(example.text), 500 + index, 8)) {
        try {
          dockerfileImages({ path: 'f', text: new TextDecoder().decode(bytes) }, optionsOf(example));
          counts.read += 1;
        } catch (error) {
          if (!hasCode(error, 'SOURCE_INVALID')) throw error;
          expect(error.message).toMatch(/^f:\d+: /);
          counts.refused += 1;
        }
      }
    });
    expect(counts.read).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });
});
