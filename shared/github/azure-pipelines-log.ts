// The log of a step in a job of Azure Pipelines. Whatever is written here is never taken for another command.

import { loggingCommand, say } from './azure-pipelines.ts';
import { inert } from './inert.ts';
import type { Place, RunnerLog } from './log.ts';
import { printable } from './printable.ts';

export function createPipelinesLog(): RunnerLog {
  const masked = new Set<string>();
  const issue = (type: 'error' | 'warning', text: string, place?: Place): void => {
    const where = place && { sourcepath: printable(place.file), linenumber: String(place.line) };
    say(loggingCommand('task.logissue', { type, ...where }, text));
  };
  return {
    debug(text) {
      say(loggingCommand('task.debug', {}, inert(text)));
    },
    info(text) {
      say(inert(text));
    },
    warning(text, place) {
      issue('warning', inert(text), place);
    },
    error(title, lines, place) {
      // The agent has no title of an issue, and shows the first line in its lists.
      issue('error', [inert(title), ...lines.map(inert)].join('\n'), place);
    },
    group(title, lines) {
      say(`##[group]${inert(title)}`);
      for (const line of lines) say(inert(line));
      say('##[endgroup]');
    },
    mask(secret) {
      // The agent compares line by line.
      for (const line of secret.split(/\r?\n/).filter((one) => one.trim() !== '' && !masked.has(one))) {
        masked.add(line);
        say(loggingCommand('task.setsecret', {}, line));
      }
    },
  };
}
