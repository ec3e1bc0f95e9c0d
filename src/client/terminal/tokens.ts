/**
 * What is typed, cut into what `node:readline` can take. It misplaces text when it is given several characters at once
 * through its input (it then appends them wherever the cursor is), so it gets single characters there and the long runs
 * of a paste through `write`.
 */
export interface Token {
  readonly kind: 'key' | 'text';
  readonly text: string;
}

/** Runs shorter than this go key by key: it costs little, and the rest of an escape sequence is never longer. */
const SHORTEST_PASTE = 33;

/** An escape sequence, a control character, or a run of anything else. */
const PARTS = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.)?|[\x00-\x1f\x7f]|[^\x00-\x1f\x7f]+/gsu;
/** In the middle of what came at once a tab is part of a paste, and readline takes U+2028 and U+2029 for Enter. */
const PASTED_SPACE = /\t(?=[^])|[\u2028\u2029]/g;
/** Terminals obey these as they do escape sequences. */
const C1 = /[\u0080-\u009f]/g;

export function tokens(typed: string): Token[] {
  const found: Token[] = [];
  const safe = typed.replace(PASTED_SPACE, ' ').replace(C1, '');
  for (const [part] of safe.matchAll(PARTS)) {
    if (part.length >= SHORTEST_PASTE) found.push({ kind: 'text', text: part });
    else for (const character of part) found.push({ kind: 'key', text: character });
  }
  return found;
}
