/** What people wrote: never markup, only text; web addresses in it can be followed. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { visible } from '../../../visible.js';

/** A longer text is folded after so much of it. */
const MOST_LINES = 20;
const MOST_CHARACTERS = 2000;

const ADDRESS = /\bhttps?:\/\/[^\s<>"'\u0060]*[^\s<>"'\u0060.,;:!?)\]}]/g;

/** `fold` is what the button says that shows the rest, e.g. `Show all`. */
export function RichText({ text, pre = false }: { text: string; pre?: boolean }): VNode {
  const [isOpen, setOpen] = useState(false);
  const shown = visible(text, { newlines: true });
  const short = isOpen ? shown : folded(shown);
  return (
    <>
      <div class={pre ? 'text pre' : 'text'} dir="auto">
        {linked(short)}
        {short.length < shown.length && '…'}
      </div>
      {(isOpen || short.length < shown.length) && (
        <button class="link" type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show less' : `Show all ${shown.split('\n').length} lines`}
        </button>
      )}
    </>
  );
}

function folded(text: string): string {
  const lines = text
    .split('\n', MOST_LINES + 1)
    .slice(0, MOST_LINES)
    .join('\n');
  return lines.length <= MOST_CHARACTERS ? lines : [...lines.slice(0, MOST_CHARACTERS + 1)].slice(0, -1).join('');
}

function linked(text: string): (string | VNode)[] {
  const parts: (string | VNode)[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(
      text.slice(end, index),
      <a href={address} target="_blank" rel="noopener noreferrer nofollow">
        {address}
      </a>,
    );
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}
