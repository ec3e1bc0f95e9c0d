const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;

/** A number of bytes in words, e.g. `12 KB`; a KB has 1024 bytes. */
export function sizeText(bytes: number): string {
  if (bytes === 1) return '1 byte';
  if (bytes < KB) return `${bytes} bytes`;
  if (bytes < MB) return `${Math.round(bytes / KB)} KB`;
  if (bytes < GB) return `${rounded(bytes / MB)} MB`;
  return `${rounded(bytes / GB)} GB`;
}

/** One decimal below ten, none above. */
function rounded(number: number): string {
  return number < 10 ? number.toFixed(1).replace(/\.0$/, '') : number.toFixed(0);
}
