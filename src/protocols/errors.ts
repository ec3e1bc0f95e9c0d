/** The peer broke its protocol's grammar: it is told so in that protocol, then the connection is closed. */
export class ProtocolError extends Error {
  override readonly name: string = 'ProtocolError';

  constructor(
    message: string,
    /** True when the peer does not speak this protocol at all, so that no answer would be understood. */
    readonly foreign = false,
  ) {
    super(message);
  }
}

/** The peer went beyond a limit of the server's (docs/protocols.md, S8): it is told so, and closed, like one that broke the grammar. */
export class LimitError extends ProtocolError {
  override readonly name = 'LimitError';
}
