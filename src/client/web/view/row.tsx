/** One line of the room. */
import { Component, type VNode } from 'preact';
import { visible } from '../../../visible.js';
import type { Line, SharedFile } from '../../connection.js';
import type { Pending } from '../model/timeline.js';
import type { Visit } from '../model/visit.js';
import { Avatar } from './avatar.js';
import { RichText } from './rich-text.js';
import { type OpenImage, SharedFileView } from './shared-file.js';
import { clockText, dayText, fullText, machineText } from './times.js';

/** Milliseconds within which lines of one person stand close together. */
const TOGETHER = 300_000;

export interface RowProps {
  visit: Visit;
  line: Line;
  previous: Line | undefined;
  isOwn: boolean;
  isSought: boolean;
  onOpen: (image: OpenImage) => void;
}

/** A line never changes, so it is drawn once. */
export class Row extends Component<RowProps> {
  override shouldComponentUpdate(next: RowProps): boolean {
    const { line, previous, isOwn, isSought } = this.props;
    return line !== next.line || previous !== next.previous || isOwn !== next.isOwn || isSought !== next.isSought;
  }

  override render(): VNode {
    const { line, previous } = this.props;
    const isNewDay = previous?.time.toDateString() !== line.time.toDateString();
    return (
      <>
        {isNewDay && (
          <p class="day">
            <span>{dayText(line.time)}</span>
          </p>
        )}
        {line.kind === 'joined' || line.kind === 'left' ? this.announcement() : this.message(isNewDay)}
      </>
    );
  }

  private announcement(): VNode {
    const { line } = this.props;
    return (
      <article class="announcement" data-sequence={line.sequence}>
        <span class="author">Server</span>
        <span class="text">{visible(line.text)}</span>
        <Time time={line.time} />
      </article>
    );
  }

  private message(isNewDay: boolean): VNode {
    const { visit, line, previous, isOwn, isSought, onOpen } = this.props;
    const goesOn = !isNewDay && previous !== undefined && follows(previous, line);
    const classes = ['message', isOwn && 'own', goesOn && 'goes-on', isSought && 'sought'].filter(Boolean).join(' ');
    return (
      <article class={classes} data-sequence={line.sequence} tabIndex={-1}>
        <Avatar visit={visit} name={line.author} />
        <div class="body">
          <Head name={line.author} time={line.time} />
          {hasFile(line) ? <SharedFileView visit={visit} line={line} onOpen={onOpen} /> : <RichText text={line.text} />}
        </div>
      </article>
    );
  }
}

/** What we have said and not seen confirmed. */
export function PendingRow({ visit, pending }: { visit: Visit; pending: Pending }): VNode {
  const { id, state, reason, text } = pending;
  return (
    <article class={`message own pending ${state}`} data-pending={state}>
      <Avatar visit={visit} name={visit.me} />
      <div class="body">
        <Head name={visit.me} time={pending.time} />
        <RichText text={text} />
        {state === 'refused' ? (
          <p class="problem" role="alert">
            {visible(reason ?? '')}{' '}
            <button class="link" type="button" onClick={() => visit.texts.sayAgain(id)}>
              Try again
            </button>{' '}
            <button class="link" type="button" onClick={() => visit.texts.forget(id)}>
              Remove
            </button>
          </p>
        ) : (
          <p class="state">{state === 'sent' ? 'Sending…' : 'Waiting for the connection…'}</p>
        )}
      </div>
    </article>
  );
}

function Head({ name, time }: { name: string; time: Date }): VNode {
  return (
    <p class="head">
      <span class="author">{visible(name)}</span> <Time time={time} />
    </p>
  );
}

function Time({ time }: { time: Date }): VNode {
  return (
    <time dateTime={machineText(time)} title={fullText(time)}>
      {clockText(time)}
    </time>
  );
}

function hasFile(line: Line): line is Line & { file: SharedFile } {
  return line.file !== undefined;
}

function follows(previous: Line, line: Line): boolean {
  const isMessage = previous.kind === 'text' || previous.kind === 'file';
  return isMessage && previous.author === line.author && line.time.getTime() - previous.time.getTime() < TOGETHER;
}
