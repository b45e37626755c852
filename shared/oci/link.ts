// The Link field, in which a registry names the next page of a listing. RFC 8288 §3.

// Sticky, and of disjoint character classes: each reads forward and never tries a second way.
const separators = /[ \t,]*/y;
const target = /<[^<>"\s]*>/y;
const parameter = /[ \t]*;[ \t]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^\s",;]+)/y;

/** The target of rel="next", or of a link without a relation; undefined where there is none. */
export function nextPage(field: string): string | undefined {
  let at = 0;
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(field);
    at += found?.[0].length ?? 0;
    return found;
  };
  for (read(separators); at < field.length; read(separators)) {
    const link = read(target)?.[0];
    // What is no link any more cannot be a page either.
    if (link === undefined) return undefined;
    const relations: string[] = [];
    for (let found = read(parameter); found !== null; found = read(parameter)) {
      if (found[1]?.toLowerCase() === 'rel') relations.push((found[2] ?? '').replaceAll('"', '').toLowerCase());
    }
    const [relation] = relations;
    if (relation === undefined || relation.split(' ').includes('next')) return link.slice(1, -1);
  }
  return undefined;
}
