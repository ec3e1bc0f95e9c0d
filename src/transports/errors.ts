/** A connection that could not be made or offered; the message is one sentence for the person at the terminal. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}

export function describeListenError(error: unknown, { host, port }: { host: string; port: number }): TransportError {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new TransportError(`Port ${port} on ${host} is in use already: stop what uses it, or choose another port.`);
    case 'EACCES':
      return new TransportError(`There is no permission to listen on port ${port}: choose one above 1023.`);
    case 'EADDRNOTAVAIL':
      return new TransportError(`${host} is not an address of this machine.`);
    default:
      return describeUnknown(error, host, `It is not possible to listen on ${host}, port ${port}`);
  }
}

export function describeDialError(error: unknown, { host, port }: { host: string; port: number }): TransportError {
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return new TransportError(`There is no server at ${host}, port ${port}.`);
    case 'ETIMEDOUT':
      return new TransportError(`The server at ${host}, port ${port} does not answer.`);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new TransportError(`There is no way from here to ${host}.`);
    default:
      return describeUnknown(error, host, `It is not possible to connect to ${host}, port ${port}`);
  }
}

function describeUnknown(error: unknown, host: string, what: string): TransportError {
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'].includes(codeOf(error))) {
    return new TransportError(`The host ${host} is unknown.`);
  }
  return new TransportError(`${what}: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
}

/** A connection attempt to a name with several addresses fails with all their errors in one. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
