// Text from outside on a line of its own, which the runner prints and does not obey: commands begin with "::" at the
// start of a line, "##[" anywhere (GitHub Actions), or "##vso[" anywhere (Azure Pipelines).

import { printable } from './printable.ts';

/** One line that the runner prints and does not obey. */
export function inert(text: string): string {
  return printable(text)
    .replace(/^(\s*)::/u, '$1:\\:')
    .replace(/##(?=(?:vso)?\[)/giu, '#\\#');
}
