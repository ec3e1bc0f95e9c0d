/** S5: a text is kept to the byte, also one that begins with U+FEFF; so nothing is mended in it. */
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is said of a payload that is no text. */
export const NOT_UTF8 = 'The message was not sent: it is not valid UTF-8.';

/** The text of a record; undefined when it is not UTF-8. */
export function decodeText(payload: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(payload);
  } catch {
    return undefined;
  }
}
