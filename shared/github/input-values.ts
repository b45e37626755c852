// What an input may hold: one parser a kind of value. Each takes the trimmed, non-empty text of an input and returns
// its value, or throws INPUT_INVALID with what was expected. Rules: interface, "Rules for every input".

import { NotaryError } from '../errors.ts';

/** Reads the trimmed, non-empty text of one input. */
export type InputParser<T> = (text: string) => T;

export function invalid(message: string, remedy?: string): NotaryError {
  return new NotaryError('INPUT_INVALID', message, remedy === undefined ? {} : { remedy });
}

export const text: InputParser<string> = (value) => value;

/** One item a line; blank lines and lines that start with # are ignored, CRLF is accepted. */
export const lines: InputParser<readonly string[]> = (value) => {
  const items = value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (items.length === 0) throw invalid('has only comments', 'Write at least one line that is not a comment.');
  return items;
};

/** Reads every line with the given parser, and tells of every line that it refuses. */
export function linesOf<T>(parse: InputParser<T>): InputParser<readonly T[]> {
  return (value) => {
    const refused: NotaryError[] = [];
    const items = lines(value).flatMap((line) => {
      try {
        return [parse(line)];
      } catch (error) {
        if (!(error instanceof NotaryError)) throw error;
        refused.push(error);
        return [];
      }
    });
    const [first] = refused;
    if (first !== undefined) throw invalid(refused.map(({ message }) => message).join('; '), first.remedy);
    return items;
  };
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
]);

/** A boolean of the YAML 1.2 core schema. */
export const boolean: InputParser<boolean> = (value) => {
  const result = booleans.get(value);
  if (result === undefined) throw invalid(`${quoted(value)} is not a boolean`, 'Write true or false.');
  return result;
};

export function integer(minimum: number, maximum: number): InputParser<number> {
  return (value) => {
    const result = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (result >= minimum && result <= maximum) return result;
    throw invalid(`${quoted(value)} is not a whole number from ${minimum} to ${maximum}`, 'Write such a number.');
  };
}

export function oneOf<const Name extends string>(...names: readonly Name[]): InputParser<Name> {
  return (value) => {
    const found = names.find((name) => name === value);
    if (found === undefined) throw invalid(`${quoted(value)} is not known`, `Write one of: ${names.join(', ')}.`);
    return found;
  };
}

const secondsPerUnit = [86_400, 3_600, 60, 1] as const;

/** Whole seconds, written with days, hours, minutes and seconds in this order: 90d, 12h, 1h30m, 30s. */
export function duration(minimumSeconds: number, maximumSeconds: number): InputParser<number> {
  return (value) => {
    const parts = /^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/.exec(value)?.slice(1);
    const remedy = 'Write a duration such as 90d, 12h, 1h30m or 30s.';
    if (parts === undefined) throw invalid(`${quoted(value)} is not a duration of whole seconds`, remedy);
    const seconds = secondsPerUnit.reduce((sum, unit, index) => sum + unit * Number(parts[index] ?? 0), 0);
    if (seconds >= minimumSeconds && seconds <= maximumSeconds) return seconds;
    throw invalid(`${quoted(value)} is not between ${minimumSeconds} s and ${maximumSeconds} s`, remedy);
  };
}

/** `key=value` lines, split at the first "=" (PAY-5); a key that occurs twice is refused. No prototype. */
export const keyValues: InputParser<Readonly<Record<string, string>>> = (value) => {
  const result = Object.create(null) as Record<string, string>;
  for (const line of lines(value)) {
    const split = line.indexOf('=');
    const key = line.slice(0, Math.max(split, 0));
    if (key === '' || key.trim() !== key || split === line.length - 1) {
      throw invalid(`the line ${quoted(line)} is not key=value`, 'Write key=value, neither part empty.');
    }
    if (Object.hasOwn(result, key)) throw invalid(`the key ${quoted(key)} occurs twice`, 'Give each key once.');
    result[key] = line.slice(split + 1);
  }
  return result;
};

/** An absolute URL of one of the given schemes, without user information and fragment. */
export function url(...schemes: readonly string[]): InputParser<URL> {
  const remedy = `Write an absolute address such as ${schemes[0] ?? 'https'}://host.example.`;
  return (value) => {
    const result = URL.parse(value);
    const plain = result !== null && `${result.username}${result.password}${result.hash}` === '';
    if (plain && result.hostname !== '' && schemes.includes(result.protocol.slice(0, -1))) return result;
    throw invalid(`${quoted(value)} is not an address with the scheme ${schemes.join(' or ')}`, remedy);
  };
}

/** A host with an optional port, as it stands in references: localhost:5000, registry.example. Lower-cased. */
export const host: InputParser<string> = (value) => {
  const result = URL.parse(`http://${value}/`);
  // The parsed form drops the default port and is lower case; everything else must have survived.
  const same = result !== null && (result.host === value.toLowerCase() || `${result.host}:80` === value.toLowerCase());
  if (!same) throw invalid(`${quoted(value)} is not a host`, 'Write host or host:port, without scheme or path.');
  return value.toLowerCase();
};

function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
