// Files that hold keys, tokens and what is trusted: in directories of their owner's, made by him alone, never reached through a
// link that somebody else may have laid.

import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const OWNER_ONLY = { directory: 0o700, file: 0o600 };
/** What mkdir gives, less what the umask takes. */
const EVERYBODYS = 0o777;
/** What nobody else may do in a directory: anything, or change it. */
const FORBIDDEN = { private: 0o077, readable: 0o022 };

/** A file or directory that is not used. The message is one line that says what to do. */
export class UnsafePath extends Error {}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/** The status of a path, links followed or not; undefined: nothing is there. */
function statusOf(path: string, how: typeof statSync | typeof lstatSync): Stats | undefined {
  try {
    return how(path) as Stats;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Makes a directory, and those above it, with mode 700. One that is there is taken only if it is the user's own and not open to
 * others; its mode is not changed, for it may be there for another reason.
 * @param others `private`: they may do nothing with it; `readable`: they may read it, for nothing in it is secret
 * @throws UnsafePath; Node's error
 */
export function privateDirectory(path: string, others: keyof typeof FORBIDDEN = "private"): void {
  const whole = resolve(path);
  const status = makeDirectory(whole);
  const links = lstatSync(whole);
  const own = process.getuid?.();
  if (own !== undefined && (status.uid !== own || links.uid !== own)) {
    throw new UnsafePath(`${path} belongs to another user; name a directory of your own`);
  }
  if (own !== undefined && (status.mode & FORBIDDEN[others]) !== 0) {
    const mode = (status.mode & 0o777).toString(8);
    throw new UnsafePath(
      `${path} is open to others (mode ${mode}); make it your own by chmod 700, or name a directory that is not there yet`,
    );
  }
}

/**
 * Makes a directory, and those above it, as everybody's are: for what is no secret.
 * @throws UnsafePath where it cannot be made
 */
export function plainDirectory(path: string): void {
  makeDirectory(resolve(path), EVERYBODYS);
}

/** Level by level: where no directory can be made, in /proc for one, Node's recursive mkdir tries for ever. */
function makeDirectory(path: string, mode = OWNER_ONLY.directory): Stats {
  const there = statusOf(path, statSync);
  if (there?.isDirectory()) return there;
  if (there) throw new UnsafePath(`${path} is a file; a directory is needed`);
  if (statusOf(path, lstatSync)) throw new UnsafePath(`${path} is a symbolic link that leads nowhere; move it away`);
  makeDirectory(dirname(path), mode);
  try {
    mkdirSync(path, mode);
  } catch (error) {
    // Somebody else may have been quicker; what it is is looked at.
    if (codeOf(error) !== "EEXIST") {
      throw new UnsafePath(`${path} cannot be made (${codeOf(error)}); name a directory where you may write`);
    }
  }
  return statSync(path);
}

/** @throws UnsafePath when something else than a file of one's own is there */
function checkFile(path: string, status: Stats): void {
  if (status.isSymbolicLink()) throw new UnsafePath(`${path} is a symbolic link; move it away`);
  if (!status.isFile()) throw new UnsafePath(`${path} is no file; move it away`);
}

/** @throws UnsafePath when something is there and is no file, or a link */
export function checkPrivate(path: string): void {
  const status = statusOf(path, lstatSync);
  if (status) checkFile(path, status);
}

/**
 * Opens a file, but through no link, and nothing that only looks like one.
 * @param flags how; `O_CREAT` always makes a new file
 * @throws UnsafePath; Node's error
 */
export function openPrivate(path: string, flags: number): number {
  const exclusive = (flags & O_CREAT) !== 0 ? O_EXCL : 0;
  let file: number;
  try {
    // A FIFO would wait for somebody at its other end.
    file = openSync(path, flags | exclusive | O_NOFOLLOW | O_NONBLOCK, OWNER_ONLY.file);
  } catch (error) {
    if (codeOf(error) === "ELOOP" || codeOf(error) === "ENXIO" || codeOf(error) === "EISDIR") checkPrivate(path);
    throw error;
  }
  try {
    checkFile(path, fstatSync(file));
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return file;
}

/** The content of a file; undefined when it is not there. @throws UnsafePath; Node's error */
export function readPrivate(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openPrivate(path, O_RDONLY);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a file that is not there yet, mode 600, and waits until it is on the disk. What could not be written whole
 * is taken away.
 * @throws Node's error; code `EEXIST`: something is there
 */
export function createPrivate(path: string, content: Uint8Array | string): void {
  const bytes = Buffer.from(content);
  const file = openPrivate(path, O_CREAT | O_WRONLY);
  try {
    // The umask may only have taken bits away; an owner who cannot read his file would be no use.
    fchmodSync(file, OWNER_ONLY.file);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * Puts a file in the place of another, or of none: whoever reads it, whenever the power goes, has the old or the new content.
 * @throws UnsafePath when a link or no file is in its place; Node's error
 */
export function replacePrivate(path: string, content: Uint8Array | string): void {
  checkPrivate(path);
  const made = `${path}.new`;
  // One that was left by a write that was cut off, or that somebody laid there: the name goes, not what a link leads to.
  rmSync(made, { force: true });
  createPrivate(made, content);
  renameSync(made, path);
  const directory = openSync(dirname(path), O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
