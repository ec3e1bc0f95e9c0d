/** Milliseconds after which the browser has surely begun to save. */
const KEPT = 60_000;

/** Saves the bytes as a file; as bytes of no type, so that a page among them is never opened here. */
export function saveFile(name: string, contents: Blob | Uint8Array): void {
  const blob = new Blob([contents as BlobPart], { type: 'application/octet-stream' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
}
