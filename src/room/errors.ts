export type RoomErrorCode =
  | 'full'
  | 'name-taken'
  | 'name-alike'
  | 'name-invalid'
  | 'room-name-invalid'
  | 'room-alike'
  | 'too-many-rooms'
  | 'not-admitted'
  | 'not-kept'
  | 'no-such-file'
  | 'file-gone'
  | 'text-invalid'
  | 'file-refused'
  | 'not-joined'
  | 'already-joined'
  | 'not-here'
  | 'not-possible'
  | 'too-fast'
  | 'too-many-joins'
  | 'too-many-connections';

/** A legal request that the room refuses. The message is a sentence for the person who asked; the connection stays. */
export class RoomError extends Error {
  override readonly name = 'RoomError';

  constructor(
    readonly code: RoomErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Of what could not be kept, for whatever cause. */
export function notKept(cause: unknown): RoomError {
  return new RoomError('not-kept', 'The server could not keep this, so nobody was shown it.', { cause });
}
