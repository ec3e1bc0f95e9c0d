/** Text in a file that a person can read. */

/** The contents as text; `undefined` when they are not UTF-8, or hold control characters. */
export function textIn(contents: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(contents);
    return hasControls(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hasControls(text: string): boolean {
  return /[^\P{Cc}\t\r\n]/u.test(text);
}
