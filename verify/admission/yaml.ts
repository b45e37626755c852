// Writes plain data as YAML, for files that people read and keep. Every string but a block of lines is quoted, so that
// none is taken for something else.

type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

export function writeYaml(value: object): string {
  return `${block(value as Plain, '').join('\n')}\n`;
}

/** The lines of a value that starts on a line of its own. */
function block(value: Plain, indent: string): readonly string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) => entry(name, item, indent));
  }
  return [`${indent}${scalar(value)}`];
}

function entry(name: string, value: Plain, indent: string): readonly string[] {
  const key = `${indent}${/^[A-Za-z][\w.]*$/.test(name) ? name : JSON.stringify(name)}:`;
  if (isList(value)) return value.length === 0 ? [`${key} []`] : [key, ...block(value, `${indent}  `)];
  if (typeof value === 'object' && value !== null) {
    return Object.keys(value).length === 0 ? [`${key} {}`] : [key, ...block(value, `${indent}  `)];
  }
  if (typeof value === 'string' && isBlockOfLines(value)) {
    return [
      `${key} |`,
      ...value
        .trimEnd()
        .split('\n')
        .map((line) => `${indent}  ${line}`),
    ];
  }
  return [`${key} ${scalar(value)}`];
}

/** Lines of plain ASCII that do not start with a blank, as PEM is. */
function isBlockOfLines(value: string): boolean {
  return /^(?:[!-~][ -~]*\n)+$/.test(value);
}

function scalar(value: Exclude<Plain, readonly Plain[]>): string {
  // A JSON string is a YAML string as well, but for these, which some readers take for line ends.
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
