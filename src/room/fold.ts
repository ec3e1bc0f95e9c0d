/** What two spellings of one name have in common (docs/protocols.md, S3). */
export function foldName(name: string): string {
  // Through capitals, since some letters have two small forms, and one (ẞ) two capital ones.
  return name.normalize('NFKC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}
