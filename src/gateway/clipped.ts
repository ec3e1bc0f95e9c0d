const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The beginning of a text, at most so many bytes of it in UTF-8: a record's fields have limits that servers do not know. */
export function clipped(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  // What the cut left of a character reads as U+FFFD.
  return decoder.decode(bytes.subarray(0, most)).replace(/\uFFFD+$/, '');
}
