/** The input: what is said, and what is shared. Nothing here waits for the network. */
import type { TargetedKeyboardEvent, VNode } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { visible } from '../../../visible.js';
import { sizeText } from '../../sizes.js';
import type { Upload } from '../model/uploads.js';
import type { Visit } from '../model/visit.js';
import { FileField } from './file-field.js';
import { ArrowUp, Close } from './icons.js';
import { useFocus } from './use-focus.js';

interface ComposerProps {
  visit: Visit;
  /** A message has fewer characters than this, where the protocol says so. */
  lessThan: number | undefined;
  onSent: () => void;
  onSeek: (sequence: number) => void;
  /** Files that were picked, dropped or pasted, and not posted yet. */
  files: readonly File[];
  onFiles: (files: readonly File[]) => void;
}

export function Composer({ visit, lessThan, onSent, onSeek, files, onFiles }: ComposerProps): VNode {
  const post = (): void => {
    for (const file of files) visit.uploads.add(file);
    onFiles([]);
    onSent();
  };
  return (
    <section class="composer" aria-label="Input">
      <UploadList visit={visit} />
      {files.length > 0 && <Tray files={files} onFiles={onFiles} />}
      <TextField visit={visit} lessThan={lessThan} onSent={onSent} />
      {visit.can?.files && (
        <FileField visit={visit} onSeek={onSeek} onPick={(picked) => onFiles([...files, ...picked])}>
          <button type="button" class="primary" disabled={files.length === 0} onClick={post}>
            {files.length > 1 ? `Post ${files.length} files` : 'Post file'}
          </button>
        </FileField>
      )}
    </section>
  );
}

const DRAFT = 'snug-draft';

function TextField({ visit, lessThan, onSent }: Pick<ComposerProps, 'visit' | 'lessThan' | 'onSent'>): VNode {
  const [text, setText] = useState(() => sessionStorage.getItem(DRAFT) ?? '');
  const area = useFocus<HTMLTextAreaElement>();
  useEffect(() => sessionStorage.setItem(DRAFT, text), [text]);
  useLayoutEffect(() => {
    const { style, scrollHeight } = grown(area.current!);
    style.height = `${scrollHeight}px`;
  }, [text]);
  const send = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    visit.say(text);
    setText('');
    onSent();
    area.current?.focus();
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>): void => {
    // While an input method composes a word, Enter belongs to it.
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event);
  };
  return (
    <form class="say" onSubmit={send}>
      <textarea
        ref={area}
        rows={1}
        aria-label="Message"
        placeholder="Write a message"
        value={text}
        {...(lessThan && { maxLength: lessThan - 1, 'aria-describedby': 'count' })}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {lessThan && (
        <output id="count" class="count">
          {text.length}/{lessThan}
        </output>
      )}
      <button class="primary round" type="submit" aria-label="Send" title="Send" disabled={text.trim() === ''}>
        <ArrowUp />
      </button>
    </form>
  );
}

/** Lets the field be as high as what is in it. */
function grown(area: HTMLTextAreaElement): HTMLTextAreaElement {
  area.style.height = 'auto';
  return area;
}

function Tray({ files, onFiles }: Pick<ComposerProps, 'files' | 'onFiles'>): VNode {
  return (
    <ul class="tray" aria-label="Files to post">
      {files.map((file) => (
        <li key={file}>
          <Thumbnail file={file} />
          <span class="card-name">{visible(file.name)}</span>
          <span class="card-kind">{sizeText(file.size)}</span>
          <button
            type="button"
            class="round"
            aria-label={`Remove ${visible(file.name)}`}
            onClick={() => onFiles(files.filter((one) => one !== file))}
          >
            <Close />
          </button>
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ file }: { file: File }): VNode | null {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file.type.startsWith('image/')) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url ? <img class="thumbnail" src={url} alt="" width="40" height="40" /> : null;
}

function UploadList({ visit }: { visit: Visit }): VNode | null {
  const { list } = visit.uploads;
  if (list.length === 0) return null;
  return (
    <ul class="uploads" aria-label="Files on their way">
      {list.map((upload) => (
        <UploadItem key={upload.key} upload={upload} onRemove={() => visit.uploads.remove(upload)} />
      ))}
    </ul>
  );
}

function UploadItem({ upload, onRemove }: { upload: Upload; onRemove: () => void }): VNode {
  const { file, sent, state, reason } = upload;
  const name = visible(file.name);
  return (
    <li>
      <span class="card-name">{name}</span>
      {state === 'refused' ? (
        <span class="problem" role="alert">
          {visible(reason ?? '')}
        </span>
      ) : (
        <>
          <progress aria-label={`Posting ${name}`} max={Math.max(file.size, 1)} value={sent} />
          <span class="card-kind">{state === 'waiting' ? 'waits' : `${sizeText(sent)} of ${sizeText(file.size)}`}</span>
        </>
      )}
      <button
        type="button"
        class="round"
        aria-label={state === 'refused' ? `Dismiss ${name}` : `Stop ${name}`}
        onClick={onRemove}
      >
        <Close />
      </button>
    </li>
  );
}
