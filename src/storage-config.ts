/** What can be set of the storage, and its defaults. */

export interface StorageConfig {
  /** Folder of the history. */
  readonly data: string;
  /** Folder of the files that were shared. */
  readonly downloads: string;
  /** Days that entries are kept; here and in what follows 0 is for ever, or no limit. */
  readonly keepDays: number;
  /** Bytes of history that are kept of each room. */
  readonly keepBytes: number;
  /** Days that a file is kept after it was last shared. */
  readonly keepFileDays: number;
  /** Bytes of files that are kept. */
  readonly keepFileBytes: number;
  /** Bytes of one file. */
  readonly fileLimit: number;
  /** Bytes of all files together, beyond which none is taken. */
  readonly filesLimit: number;
}

/** R2: what NUMBER can say. */
const LARGEST_FILE = 4_294_967_295;

export const STORAGE = {
  keepDays: 0,
  keepBytes: 0,
  keepFileDays: 0,
  keepFileBytes: 0,
  fileLimit: LARGEST_FILE,
  /** Four of the largest files: strangers cannot fill the disk, and a room that reaches it by itself is a rare one. */
  filesLimit: 17_179_869_184,
} as const;

const DAYS = 36_500;
const BYTES = 10 ** 15 - 1;

/** What can be set on the command line: flags, description, the most, and what it is otherwise. */
export const STORAGE_OPTIONS = [
  ['--keep-days <days>', 'forget what was said longer ago (0: never)', DAYS, STORAGE.keepDays],
  ['--keep-bytes <bytes>', 'keep so much of the history of each room (0: all)', BYTES, STORAGE.keepBytes],
  ['--keep-file-days <days>', 'remove files shared longer ago (0: never)', DAYS, STORAGE.keepFileDays],
  ['--keep-file-bytes <bytes>', 'keep so much of files, the newest (0: all)', BYTES, STORAGE.keepFileBytes],
  ['--file-limit <bytes>', 'the largest file that is taken (0: no limit)', LARGEST_FILE, STORAGE.fileLimit],
  ['--files-limit <bytes>', 'take no file beyond so much in all (0: no limit)', BYTES, STORAGE.filesLimit],
] as const;
