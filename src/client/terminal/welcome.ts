import type { Capabilities } from '../connection.js';

/** The first lines in the chatroom (seed 002, 5.10), as far as the protocol can keep what they say. */
export function welcome(can: Capabilities): string {
  return [
    'The server welcomes you to the chatroom.',
    "Type lowercase 'q' and press enter at any time to quit the chatroom.",
    can.files && "Type lowercase 'a' and press enter at any time to upload an attachment to the chatroom.",
    can.history && 'Here is a history of the chatroom.',
  ]
    .filter((line) => line !== false)
    .join('\n');
}
