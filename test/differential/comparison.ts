// Asks both verifiers about every case and holds the verdicts against each other and against the list of intended
// differences.

import { mapConcurrently } from '../../shared/host/concurrent.ts';
import { damagePrefix } from './cases/damage.ts';
import type { IntendedDifference } from './intended-differences.ts';
import type { Case } from './publication.ts';
import type { Verdict, Verifier } from './verdicts.ts';

export interface Compared {
  readonly name: string;
  readonly ours: Verdict;
  readonly theirs: Verdict;
}

/** Two at a time: a process of notation and this one share two cores. */
export function compare(cases: readonly Case[], our: Verifier, their: Verifier): Promise<readonly Compared[]> {
  return mapConcurrently(cases, 4, async (item) => {
    const [ours, theirs] = await Promise.all([our(item), their(item)]);
    return { name: item.name, ours, theirs };
  });
}

export interface Result {
  readonly cases: number;
  readonly bothAccept: number;
  readonly bothRefuse: number;
  /** D-number to the cases that differ for its reason. */
  readonly intended: ReadonlyMap<string, readonly string[]>;
  /** What nobody has explained, a listed difference that is none any more included. */
  readonly faults: readonly string[];
}

export function judge(compared: readonly Compared[], differences: readonly IntendedDifference[]): Result {
  const intended = new Map<string, string[]>();
  const faults: string[] = [];
  for (const { name, ours, theirs } of compared) {
    const isDamage = name.startsWith(damagePrefix);
    const named = differences.filter(({ cases }) => cases.some((wanted) => matches(wanted, name)));
    const listed = isDamage ? explanations(differences, ours, theirs) : named;
    const numbers = listed.map(({ number }) => number).join(', ');
    if (listed.length > 1) faults.push(`${name}: listed more than once, by ${numbers}`);
    if (ours.accepted === theirs.accepted) {
      if (listed.length > 0) faults.push(`${name}: listed by ${numbers}, but the verdicts are equal`);
      continue;
    }
    const [difference] = listed;
    if (difference === undefined) faults.push(`${name}: ${show('ours', ours)}; ${show('theirs', theirs)}`);
    else if (ours.accepted && difference.number !== 'D10')
      faults.push(`${name}: accepted here only, which ${numbers} may not excuse`);
    else intended.set(difference.number, [...(intended.get(difference.number) ?? []), name]);
  }
  for (const { number, cases } of differences) {
    for (const wanted of cases) {
      if (!compared.some(({ name }) => matches(wanted, name)))
        faults.push(`${number} lists "${wanted}", which is no case`);
    }
  }
  const count = (accepted: boolean): number =>
    compared.filter(({ ours, theirs }) => ours.accepted === accepted && theirs.accepted === accepted).length;
  return { cases: compared.length, bothAccept: count(true), bothRefuse: count(false), intended, faults };
}

/** Of the first reason that fits how we refuse what they accept. */
function explanations(
  differences: readonly IntendedDifference[],
  ours: Verdict,
  theirs: Verdict,
): readonly IntendedDifference[] {
  if (ours.accepted || !theirs.accepted) return [];
  const found = differences.find(({ damage }) => damage?.test(ours.detail));
  return found ? [found] : [];
}

/** The whole name, or the name without the formats and keys in brackets at its end. */
function matches(wanted: string, name: string): boolean {
  return name === wanted || name.replace(/ \([^()]*\)$/, '') === wanted;
}

const show = (who: string, { accepted, detail }: Verdict): string =>
  `${who} ${accepted ? 'accepts' : 'refuses'} (${detail.slice(0, 400)})`;

/** "N cases, N equal (…), N intended (…), N unexplained" */
export function summarize({ cases, bothAccept, bothRefuse, intended, faults }: Result): string {
  const byNumber = [...intended].sort(([a], [b]) => Number(a.slice(1)) - Number(b.slice(1)));
  const total = byNumber.reduce((sum, [, names]) => sum + names.length, 0);
  const numbers = byNumber.map(([number, names]) => `${number}: ${names.length}`).join(', ');
  return [
    `${cases} cases`,
    `${bothAccept + bothRefuse} equal (${bothAccept} accepted by both, ${bothRefuse} refused by both)`,
    `${total} intended (${numbers})`,
    `${faults.length} unexplained`,
  ].join(', ');
}
