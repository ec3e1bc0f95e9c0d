/** The file field: finds what was shared, and picks what to share. */
import type { ComponentChildren, TargetedKeyboardEvent, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { visible } from '../../../visible.js';
import type { Line } from '../../connection.js';
import { sizeText } from '../../sizes.js';
import type { Visit } from '../model/visit.js';
import { Clip, Search } from './icons.js';
import { clockText, dayText } from './times.js';

/** Found files that are listed at a time, the newest first. */
const MOST_LISTED = 50;

interface FileFieldProps {
  visit: Visit;
  onPick: (files: readonly File[]) => void;
  onSeek: (sequence: number) => void;
  children: ComponentChildren;
}

export function FileField({ visit, onPick, onSeek, children }: FileFieldProps): VNode {
  const pick = (input: HTMLInputElement): void => {
    onPick([...(input.files ?? [])]);
    input.value = '';
  };
  return (
    <div class="files">
      <FileSearch visit={visit} onSeek={onSeek} />
      <label class="button">
        <Clip /> <span class="words">Choose a file</span>
        <input class="unseen" type="file" multiple onChange={(event) => pick(event.currentTarget)} />
      </label>
      {children}
    </div>
  );
}

/** A combobox (WAI-ARIA 1.2): the focus stays in the field, the arrows go through the list. */
function FileSearch({ visit, onSeek }: Pick<FileFieldProps, 'visit' | 'onSeek'>): VNode {
  const [sought, setSought] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const found = isOpen ? search(visit.timeline.files, sought) : [];
  const choose = (line: Line | undefined): void => {
    if (!line) return;
    setOpen(false);
    onSeek(line.sequence);
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Escape') setOpen(false);
    else if (event.key === 'Enter') choose(found[active]);
    else if (step) {
      setOpen(true);
      setActive(Math.max(0, Math.min(found.length - 1, active + step)));
    } else return;
    event.preventDefault();
  };
  return (
    <div class="search">
      <Search />
      <input
        type="text"
        role="combobox"
        aria-label="File"
        aria-expanded={isOpen}
        aria-controls="found"
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found[active] ? `found-${found[active].sequence}` : undefined}
        placeholder="Search files"
        autocomplete="off"
        value={sought}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        onInput={(event) => {
          setSought(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
      />
      <ul id="found" role="listbox" aria-label="Shared files" class={isOpen ? 'found' : 'found closed'}>
        {found.map((line, index) => (
          <Found key={line.sequence} line={line} isActive={index === active} onChoose={() => choose(line)} />
        ))}
        {isOpen && found.length === 0 && (
          <li role="option" aria-selected="false" aria-disabled="true" class="none">
            {visit.timeline.files.length === 0 ? 'No files have been shared yet.' : 'No file has that in its name.'}
          </li>
        )}
      </ul>
    </div>
  );
}

function Found({ line, isActive, onChoose }: { line: Line; isActive: boolean; onChoose: () => void }): VNode {
  const { file, author, time, sequence } = line;
  return (
    <li
      id={`found-${sequence}`}
      role="option"
      aria-selected={isActive}
      // Before the field loses the focus, and with it the list.
      onMouseDown={(event) => {
        event.preventDefault();
        onChoose();
      }}
    >
      <span class="card-name">{visible(file?.name ?? '')}</span>
      <span class="card-kind">
        {visible(author)} · {sizeText(file?.size ?? 0)} · {dayText(time)}, {clockText(time)}
      </span>
    </li>
  );
}

/** Files with all of the words in their name or their author's, the newest first. */
function search(files: readonly Line[], sought: string): Line[] {
  const words = sought.toLowerCase().split(/\s+/);
  const matches = ({ file, author }: Line): boolean => {
    const where = `${file?.name} ${author}`.toLowerCase();
    return words.every((word) => where.includes(word));
  };
  return files.filter(matches).slice(-MOST_LISTED).reverse();
}
