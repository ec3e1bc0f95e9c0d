/** The peer broke its protocol's grammar: it is told so in that protocol, then the connection is closed. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    message: string,
    /** True when the peer does not speak this protocol at all, so that no answer would be understood. */
    readonly foreign = false,
  ) {
    super(message);
  }
}
