// The machine's files: read with limits, written whole or not at all.

import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { encodeHex } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { FileEntry, FileKind, WritableFiles } from '../ports.ts';
import { random } from './random.ts';

export const files: WritableFiles = {
  async kind(path) {
    const facts = await unlessMissing(path, () => lstat(path));
    return facts && kindOf(facts);
  },

  async read(path, maxBytes) {
    return unlessMissing(path, async () => {
      // Without O_NONBLOCK (absent on Windows, and then read as 0) opening a named pipe would wait for its writer.
      const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        const facts = await file.stat();
        if (!facts.isFile()) throw unreadable(path, 'is not a regular file');
        // The size may change while we read: what counts is what was read.
        const buffer = new Uint8Array(Math.min(facts.size, maxBytes) + 1);
        let length = 0;
        for (;;) {
          const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
          length += bytesRead;
          if (bytesRead === 0) return buffer.slice(0, length);
          if (length === buffer.length) throw unreadable(path, `is larger than ${maxBytes} bytes, or grows`);
        }
      } finally {
        await file.close();
      }
    });
  },

  async list(directory) {
    const entries = await unlessMissing(directory, () => readdir(directory, { withFileTypes: true }));
    return entries
      ?.map((entry): FileEntry => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },

  create(path, bytes) {
    return writing(path, async () => {
      try {
        await writeNew(path, bytes);
        return true;
      } catch (error) {
        if (systemCode(error) === 'EEXIST') return false;
        throw error;
      }
    });
  },

  replace(path, bytes) {
    // In the same directory: a name can be moved within one file system only.
    const temporary = join(dirname(path), `.${basename(path)}.${encodeHex(random(8))}`);
    return writing(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeNew(temporary, bytes);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  },

  remove(path) {
    return writing(path, () => rm(path, { force: true }));
  },
};

/** On the disk when this returns, so that no name is given to what a power cut would leave empty. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const message = `${path}: cannot be written (${systemCode(error)})`;
    throw new NotaryError('FILE_UNWRITABLE', message, { cause: error });
  }
}

async function unlessMissing<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotaryError) throw error;
    const code = systemCode(error);
    // ENOTDIR: a file stands where the path needs a directory, so what it names does not exist.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, `cannot be read (${code})`, error);
  }
}

function kindOf(entry: Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): FileKind {
  if (entry.isSymbolicLink()) return 'symlink';
  if (entry.isDirectory()) return 'directory';
  return entry.isFile() ? 'file' : 'other';
}

/** The code of a system error; anything else is a defect and is thrown on. */
function systemCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}

function unreadable(path: string, detail: string, cause?: unknown): NotaryError {
  return new NotaryError('FILE_UNREADABLE', `${path}: ${detail}`, cause === undefined ? {} : { cause });
}
