// A lock between processes: a file beside what it guards, which only one of them can make.

import { encodeUtf8 } from '../bytes.ts';
import { NotaryError } from '../errors.ts';
import type { WritableFiles } from '../ports.ts';
import { productName } from '../version.ts';
import type { Pace } from './referrers-tag.ts';

export interface LockServices {
  readonly files: WritableFiles;
  readonly pace: Pace;
}

/** Writers hold it for a few milliseconds each, so that whoever waits longer waits for one that has died. */
const maxWaitMs = 30_000;
const pollMs = 20;

/**
 * A lock that was left behind is not broken: of two who find it at once, each could break the new one of the other, and
 * a change would be lost. Git leaves its index.lock to the user for the same reason.
 */
export class FileLock {
  readonly #path: string;
  readonly #services: LockServices;
  /** Those of this process wait for each other here, and only the first of them at the file. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, services: LockServices) {
    this.#path = path;
    this.#services = services;
  }

  /** @throws NotaryError FILE_UNWRITABLE  no right to make the file, or it does not go away */
  hold<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#whileHeld(work));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #whileHeld<T>(work: () => Promise<T>): Promise<T> {
    const { files, pace } = this.#services;
    for (let waitedMs = 0; !(await files.create(this.#path, encodeUtf8(`${productName}\n`)));) {
      if (waitedMs >= maxWaitMs) throw this.#leftBehind();
      // Not all at the same beat.
      const pauseMs = pollMs + ((pace.random(1)[0] ?? 0) % pollMs);
      await pace.clock.sleep(pauseMs);
      waitedMs += pauseMs;
    }
    try {
      return await work();
    } finally {
      await files.remove(this.#path);
    }
  }

  #leftBehind(): NotaryError {
    const message = `${this.#path} was there for ${maxWaitMs / 1000} s: another process is writing`;
    const remedy = 'Let the other process end. If there is none, one has died while it was writing: delete the file.';
    return new NotaryError('FILE_UNWRITABLE', message, { remedy });
  }
}
