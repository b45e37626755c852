// The images of a Dockerfile against BuildKit: its own frontend, asked by the program in test/peers/buildkit, fetches
// exactly what we list, and with our build contexts nothing but what we verified.

import { execFileSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { buildPlatform, corpus, optionsOf, platformsOf } from '../dockerfiles/corpus.ts';
import type { CorpusCase } from '../dockerfiles/corpus.ts';
import { variants } from '../dockerfiles/variants.ts';
import { findPeer, peer } from '../peers/peers.ts';
import { hasCode } from '../../shared/errors.ts';
import { digestOf } from '../../shared/oci/descriptor.ts';
import { buildContexts } from '../../verify/sources/build-contexts.ts';
import { dockerfileImages } from '../../verify/sources/dockerfile.ts';
import type { DockerfileImages } from '../../verify/sources/dockerfile.ts';
import { fullName } from '../../verify/sources/image-name.ts';

interface Answer {
  readonly syntax?: string;
  readonly images: readonly { readonly reference: string; readonly platform: string }[];
  readonly error?: string;
}

function askBuildKit(
  examples: readonly CorpusCase[],
  contexts: readonly (readonly string[])[] = [],
): readonly Answer[] {
  const cases = examples.map((example, index) => ({
    dockerfile: example.text,
    buildArgs: example.buildArgs ?? {},
    target: example.target ?? '',
    platforms: platformsOf(example).join(','),
    buildPlatform,
    // As buildx hands them on: cut at the first "=".
    contexts: Object.fromEntries((contexts[index] ?? []).map((line) => line.split(/=(.*)/s).slice(0, 2))) as unknown,
  }));
  const output = execFileSync(peer('buildkit'), { input: JSON.stringify(cases), encoding: 'utf8', maxBuffer: 2 ** 26 });
  return JSON.parse(output) as Answer[];
}

function read(example: CorpusCase): DockerfileImages | undefined {
  try {
    return dockerfileImages({ path: example.name, text: example.text }, optionsOf(example));
  } catch (error) {
    if (hasCode(error, 'SOURCE_INVALID')) return undefined;
    throw error;
  }
}

const listOf = ({ uses }: DockerfileImages): readonly string[] =>
  [
    ...new Set(
      uses.map(({ role, text, reference, platform = '' }) =>
        role === 'syntax' ? `syntax ${text}` : `${fullName(reference)} ${platform}`,
      ),
    ),
  ].sort();

const listOfAnswer = ({ syntax, images }: Answer): readonly string[] =>
  [
    ...(syntax === undefined ? [] : [`syntax ${syntax}`]),
    ...images.map(({ reference, platform }) => `${reference} ${platform}`),
  ].sort();

const hasPeer = findPeer('buildkit') !== undefined;

describe.skipIf(!hasPeer)('the images of a Dockerfile, as BuildKit fetches them', () => {
  it('are those that we list, in every file of the corpus', () => {
    const answers = askBuildKit(corpus);
    const counts = { listed: 0, refused: 0, stricter: 0 };
    corpus.forEach((example, index) => {
      const answer = answers[index]!;
      const ours = read(example);
      const same = answer.error === undefined ? listOfAnswer(answer) : undefined;
      if (example.stricter === undefined) {
        expect(
          ours === undefined ? undefined : listOf(ours),
          `${example.name} (${answer.error ?? 'accepted'})`,
        ).toEqual(same);
        counts[ours === undefined ? 'refused' : 'listed'] += 1;
      } else {
        // We may refuse what BuildKit accepts, never the other way round.
        expect(ours, example.name).toBeUndefined();
        expect(answer.error, example.name).toBeUndefined();
        counts.stricter += 1;
      }
    });
    const equal = counts.listed + counts.refused;
    console.log(
      `${corpus.length} Dockerfiles, ${equal} equal (${counts.listed} lists of images, ${counts.refused} refused by both), ${counts.stricter} refused by us alone`,
    );
    expect(equal + counts.stricter).toBe(corpus.length);
  });

  it('are the verified ones, once our build contexts are given', () => {
    const collisions: string[] = [];
    const examples: CorpusCase[] = [];
    const contexts: (readonly string[])[] = [];
    const wanted: (readonly string[])[] = [];
    for (const example of corpus) {
      const ours = read(example);
      if (ours === undefined) continue;
      const verified = ours.uses.map((use) => ({ use, digest: digestOf(Buffer.from(fullName(use.reference))) }));
      try {
        contexts.push(buildContexts(verified, ours.stageNames));
      } catch (error) {
        if (!hasCode(error, 'SOURCE_INVALID')) throw error;
        collisions.push(example.name);
        continue;
      }
      examples.push(example);
      const open = ours.findings.flatMap(({ code, line }) => (code === 'context-not-used' ? [line] : []));
      const images = verified.flatMap(({ use: { role, reference, platform = '', line }, digest }) => {
        if (role === 'syntax') return [];
        const { registry, repository } = reference;
        const isOpen = reference.digest !== undefined || open.includes(line);
        return [`${fullName(isOpen ? reference : { registry, repository, digest })} ${platform}`];
      });
      wanted.push([...new Set(images)].sort());
    }
    const answers = askBuildKit(examples, contexts);
    examples.forEach(({ name }, index) => {
      const { error, images } = answers[index]!;
      expect(error, name).toBeUndefined();
      expect(listOfAnswer({ images }), name).toEqual(wanted[index]);
    });
    console.log(
      `${examples.length} builds take verified digests only; refused for the name of a stage: ${collisions.join(', ')}`,
    );
    expect(collisions).toEqual(['stage-from-itself', 'stage-named-as-image']);
  });

  it('are those that we list, in files that nobody would write', () => {
    const examples = [...variants(Number(process.env.VARIANTS_SEED ?? 1), Number(process.env.VARIANTS_COUNT ?? 3000))];
    const answers = askBuildKit(examples);
    const counts = { equal: 0, refusedByBoth: 0, refusedByUs: 0, refusedByBuildKit: 0 };
    examples.forEach((example, index) => {
      const answer = answers[index]!;
      const ours = read(example);
      if (ours === undefined) counts[answer.error === undefined ? 'refusedByUs' : 'refusedByBoth'] += 1;
      else if (answer.error !== undefined) counts.refusedByBuildKit += 1;
      else {
        expect(listOf(ours), `${example.name}: ${JSON.stringify(example.text)}`).toEqual(listOfAnswer(answer));
        counts.equal += 1;
      }
    });
    console.log(`${examples.length} variants: ${JSON.stringify(counts)}`);
    expect(counts.equal).toBeGreaterThan(examples.length / 10);
  });

  it('are others where a build context has the name of a stage: the reason why we refuse it', () => {
    const image = `docker-image://docker.io/library/alpine@${digestOf(Buffer.from('alpine'))}`;
    const example = { name: '', about: '', text: 'FROM busybox:1 AS alpine\nRUN true\nFROM alpine\n' };
    const [without, replaced] = askBuildKit([example, example], [[], [`alpine=${image}`]]);
    expect(without?.images.map(({ reference }) => reference)).toEqual(['docker.io/library/busybox:1']);
    expect(replaced?.images.map(({ reference }) => reference)).toEqual([image.slice('docker-image://'.length)]);
  });
});
