// Where our verdict is meant to differ from notation's, with the number that section D of the requirements explains.
// Every one makes us stricter, but for D10: a broken entry does not hide a good one.

export interface IntendedDifference {
  readonly number: `D${number}`;
  readonly reason: string;
  /** Names of cases, with or without the formats and keys in brackets at their end. */
  readonly cases: readonly string[];
}

export const intendedDifferences: readonly IntendedDifference[] = [];
