/** In the room: the chat, the input and the users. */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { visible } from '../../../visible.js';
import type { Visit } from '../model/visit.js';
import { Avatar } from './avatar.js';
import { Composer } from './composer.js';
import { Close, Door, Users } from './icons.js';
import { Log, type LogControl } from './log.js';
import { saveFile } from './saving.js';
import type { OpenImage } from './shared-file.js';
import { useDroppedFiles } from './use-dropped-files.js';

interface RoomProps {
  visit: Visit;
  /** Empty for the lobby. */
  room: string;
  capacity: number | undefined;
  lessThan: number | undefined;
}

export function RoomView({ visit, room, capacity, lessThan }: RoomProps): VNode {
  const control = useRef<LogControl | undefined>(undefined);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [image, setImage] = useState<OpenImage>();
  const [showsUsers, setShowsUsers] = useState(false);
  const canShare = visit.can?.files ?? files.length > 0;
  const isDragging = useDroppedFiles((dropped) => canShare && setFiles((before) => [...before, ...dropped]));
  const count = visit.people.names.length;
  return (
    <div class={showsUsers ? 'room shows-users' : 'room'}>
      <header class="bar">
        <h1>{visible(visit.me)}'s Chat Room</h1>
        {room && <p class="room-name">{visible(room)}</p>}
        <button
          type="button"
          class="users-button"
          aria-expanded={showsUsers}
          aria-controls="users"
          aria-label={`Users, ${count}`}
          onClick={() => setShowsUsers(!showsUsers)}
        >
          <Users /> {count}
        </button>
        <button type="button" class="quit" onClick={() => void visit.leave()}>
          <Door /> Quit
        </button>
      </header>
      <main class="chat">
        <Status visit={visit} />
        <Log visit={visit} control={control} onOpen={setImage} />
        <Composer
          visit={visit}
          lessThan={lessThan}
          onSent={() => control.current?.toEnd()}
          onSeek={(sequence) => control.current?.seek(sequence)}
          files={files}
          onFiles={setFiles}
        />
      </main>
      <UserList visit={visit} capacity={capacity} />
      {isDragging && canShare && <div class="drop">Drop it here to share it</div>}
      {image && <Lightbox image={image} onClose={() => setImage(undefined)} />}
    </div>
  );
}

/** What is wrong with the connection, and what the server has to say. */
function Status({ visit }: { visit: Visit }): VNode {
  return (
    <div class="status" role="status">
      {visit.stage === 'away' && (
        <p class="away">
          {visible(visit.problem)} Trying to come back…{' '}
          <button class="link" type="button" onClick={() => visit.wake()}>
            Try now
          </button>
        </p>
      )}
      {visit.notice && (
        <p class="notice">
          {visible(visit.notice)}{' '}
          <button class="round" type="button" aria-label="Dismiss" onClick={() => visit.dismissNotice()}>
            <Close />
          </button>
        </p>
      )}
    </div>
  );
}

function UserList({ visit, capacity }: { visit: Visit; capacity: number | undefined }): VNode {
  const { names } = visit.people;
  return (
    <aside id="users" class="users" aria-label="Users">
      <h2>
        Users <span class="card-kind">{capacity === undefined ? names.length : `${names.length} of ${capacity}`}</span>
      </h2>
      <ul>
        {names.map((name) => (
          <li key={name}>
            <Avatar visit={visit} name={name} />
            <span class="author">{visible(name)}</span>
            {name === visit.me && <span class="card-kind">you</span>}
          </li>
        ))}
      </ul>
    </aside>
  );
}

function Lightbox({ image, onClose }: { image: OpenImage; onClose: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const name = visible(image.name);
  return (
    <dialog class="lightbox" ref={dialog} aria-label={name} onClose={onClose} onClick={() => dialog.current?.close()}>
      <img src={image.url} alt={`Image ${name}`} />
      <div class="lightbox-bar">
        <span>{name}</span>
        <button type="button" onClick={() => saveFile(image.name, image.contents)}>
          Save
        </button>
        <button type="button" autofocus>
          Close
        </button>
      </div>
    </dialog>
  );
}
