// The instructions of a Dockerfile: lines joined, comments dropped, heredocs skipped. Whatever a builder takes for the
// content of a heredoc must not be taken for an instruction here, nor the other way round, so this follows BuildKit
// to the letter (moby/buildkit v0.32.2, frontend/dockerfile/parser) and refuses what it cannot follow.

import { readDirectives } from './dockerfile-directives.ts';
import type { Directive } from './dockerfile-directives.ts';
import { splitInstruction } from './dockerfile-instruction.ts';
import type { Instruction } from './dockerfile-instruction.ts';
import { splitRawWords, splitWords, trimLeft, trimRight } from './dockerfile-words.ts';
import { inFile, sourceError } from './image-use.ts';
import type { AtLine, SourceFile } from './image-use.ts';

export interface DockerfileLines {
  /** The character that escapes, and that joins lines. */
  readonly escape: string;
  /** "# syntax=...": what reads the file in place of the builder's own frontend. */
  readonly syntax?: Directive;
  readonly instructions: readonly Instruction[];
}

/** Far more than any Dockerfile that people wrote; BuildKit has the limit for one line. */
const maxFileLength = 1024 * 1024;
const maxLineLength = 64 * 1024 - 1;

/** @throws NotaryError SOURCE_INVALID  with file and line */
export function readLines({ path, text }: SourceFile): DockerfileLines {
  if (text.length > maxFileLength) throw sourceError(path, 1, `is longer than ${maxFileLength} characters`);
  const lines = text.replace(/^\uFEFF/, '').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const strange = lines.findIndex((line) => /[\0\uFEFF]/.test(line) || line.length > maxLineLength);
  if (strange !== -1) {
    throw sourceError(
      path,
      strange + 1,
      `has a null character or a byte order mark, or over ${maxLineLength} characters`,
    );
  }
  const { escape, syntax } = readDirectives(path, lines);
  const reader = new LineReader(path, lines, escape);
  const instructions: Instruction[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) instructions.push(next);
  return { escape, instructions, ...(syntax === undefined ? {} : { syntax }) };
}

class LineReader {
  readonly #path: string;
  readonly #at: AtLine;
  readonly #lines: readonly string[];
  readonly #escape: string;
  #position = 0;

  constructor(path: string, lines: readonly string[], escape: string) {
    this.#path = path;
    this.#at = inFile(path);
    this.#lines = lines;
    this.#escape = escape;
  }

  next(): Instruction | undefined {
    for (;;) {
      const first = this.#take();
      if (first === undefined) return undefined;
      const line = this.#position;
      const text = isComment(first) ? '' : trimLeft(first);
      const joined = this.#join(text);
      if (joined === undefined) continue;
      const instruction = this.#at(line, () => splitInstruction(joined, this.#escape, line));
      this.#skipHeredocs(instruction, joined);
      return instruction;
    }
  }

  /** The text with the lines that continue it; undefined where there is none. */
  #join(first: string): string | undefined {
    let [text, continues] = this.#withoutContinuation(first);
    if (!continues) return text === '' ? undefined : text;
    while (continues) {
      const line = this.#take();
      if (line === undefined) break;
      // Neither a comment nor an empty line ends an instruction.
      if (isComment(line) || trimLeft(line) === '') continue;
      let part: string;
      [part, continues] = this.#withoutContinuation(line);
      text += part;
    }
    return text;
  }

  // The sign continues a line when it stands last, and is not itself preceded by the same sign.
  #withoutContinuation(line: string): [text: string, continues: boolean] {
    const text = trimRight(line, /[ \t]/);
    const continues = text.endsWith(this.#escape) && text.at(-2) !== this.#escape;
    return continues ? [text.slice(0, -1), true] : [line, false];
  }

  #skipHeredocs(instruction: Instruction, text: string): void {
    if (!takesHeredocs(instruction) || !text.includes('<<')) return;
    for (const { name, mayBeIndented } of heredocs(text)) {
      let line: string | undefined;
      do {
        line = this.#take();
        if (line === undefined) throw sourceError(this.#path, instruction.line, `the heredoc "${name}" has no end`);
        if (mayBeIndented) line = line.replace(/^\t+/, '');
      } while (line !== name);
    }
  }

  /** The next line without its end. */
  #take(): string | undefined {
    const line = this.#lines[this.#position];
    this.#position += 1;
    return line === undefined ? undefined : trimRight(line, /[\r\n]/);
  }
}

function takesHeredocs(instruction: Instruction): boolean {
  const { keyword, isList } = instruction.trigger ?? instruction;
  return ['RUN', 'COPY', 'ADD'].includes(keyword) && !isList;
}

function heredocs(text: string): readonly { name: string; mayBeIndented: boolean }[] {
  return splitRawWords(text).flatMap((word) => {
    const match = /^\d*<<(-?)[\t\n\f\r ]*([^<\t\n\f\r ][^<]*)?$/.exec(word);
    const names = splitWords(match?.[2] ?? '');
    const [name] = names;
    return name === undefined || names.length > 1 ? [] : [{ name, mayBeIndented: match?.[1] === '-' }];
  });
}

function isComment(line: string): boolean {
  return trimLeft(line).startsWith('#');
}
