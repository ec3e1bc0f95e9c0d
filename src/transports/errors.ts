import { codeOf } from '../error-code.js';

/** A connection that could not be made or offered; the message is one sentence for the person at the terminal. */
export class TransportError extends Error {
  override readonly name = 'TransportError';

  /** The machine is there, and nobody listens. */
  readonly isAbsent: boolean;

  constructor(message: string, { isAbsent = false, ...options }: ErrorOptions & { readonly isAbsent?: boolean } = {}) {
    super(message, options);
    this.isAbsent = isAbsent;
  }
}

export function describeListenError(error: unknown, { host, port }: { host: string; port: number }): TransportError {
  switch (reasonOf(error)) {
    case 'EADDRINUSE':
      return new TransportError(
        `Port ${port} on ${host} is in use already: stop what uses it, or choose another port.`,
      );
    case 'EACCES':
      return new TransportError(`There is no permission to listen on port ${port}: choose one above 1023.`);
    case 'EADDRNOTAVAIL':
      return new TransportError(`${host} is not an address of this machine.`);
    default:
      return describeUnknown(error, host, `It is not possible to listen on ${host}, port ${port}`);
  }
}

export function describeDialError(error: unknown, { host, port }: { host: string; port: number }): TransportError {
  switch (reasonOf(error)) {
    case 'ECONNREFUSED':
      return new TransportError(`There is no server at ${host}, port ${port}.`, { isAbsent: true });
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
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA'].includes(reasonOf(error))) {
    return new TransportError(`The host ${host} is unknown.`);
  }
  return new TransportError(`${what}: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
}

/** A connection attempt to a name with several addresses fails with all their errors in one. */
function reasonOf(error: unknown): string {
  const errors = typeof error === 'object' && error !== null && 'errors' in error ? error.errors : undefined;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : codeOf(error);
}
