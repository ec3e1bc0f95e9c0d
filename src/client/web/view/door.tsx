/** Before joining: who is in the room, and the way in. */
import type { VNode } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { visible } from '../../../visible.js';
import icon from '../icon.svg';
import type { Avatar, Key } from '../../connection.js';
import { namesIn } from '../model/people.js';
import type { Visit } from '../model/visit.js';
import { forgetAvatar, keptAvatar, keptName, keepAvatar, keepName, keepPassphrase, madeAvatar } from './card.js';
import { Face } from './face.js';
import { useFocus } from './use-focus.js';

export interface Place {
  /** Empty for the lobby. */
  readonly room: string;
  /** Seats, where we know. */
  readonly capacity: number | undefined;
  /** Name to begin with. */
  readonly username: string;
  /** What opens the room. */
  readonly key: Key;
  /** Whoever joins is asked for it. */
  readonly isAsked: boolean;
}

export function DoorView({ visit, place }: { visit: Visit; place: Place }): VNode {
  return (
    <main class="door">
      <div class="door-card">
        <p class="brand">
          <Logo /> Snug
        </p>
        <h1>{place.room ? visible(place.room) : 'Come in'}</h1>
        <ReportView visit={visit} capacity={place.capacity} />
        <JoinForm visit={visit} place={place} />
        {visit.problem && (
          <p class="trouble" role="status">
            {visible(visit.problem)} Trying again…
          </p>
        )}
      </div>
    </main>
  );
}

/** After quitting, where there is nothing to come back to. */
export function Farewell({ name }: { name: string }): VNode {
  return (
    <main class="door">
      <div class="door-card">
        <p class="brand">
          <Logo /> Snug
        </p>
        <h1>Goodbye, {visible(name)}</h1>
        <p>You have left the room, and this page can be closed.</p>
      </div>
    </main>
  );
}

function Logo(): VNode {
  return <img src={icon} alt="" width="28" height="28" />;
}

function ReportView({ visit, capacity }: { visit: Visit; capacity: number | undefined }): VNode | null {
  const { report } = visit;
  if (!report) return null;
  const names = namesIn(report);
  const free = capacity === undefined ? 0 : Math.max(0, capacity - report.count);
  return (
    <section class="report" aria-label="Report">
      <p>{summary(report.count, capacity)}</p>
      <ul class="seats">
        {names.map((name) => (
          <li key={name}>
            <span class="avatar">
              <Face name={name} />
            </span>
            {visible(name)}
          </li>
        ))}
        {Array.from({ length: Math.min(free, MOST_FREE_SHOWN) }, (_, index) => (
          <li key={index} class="free" aria-hidden="true">
            <span class="avatar" />
            free
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Empty chairs drawn; in a large room they are only counted. */
const MOST_FREE_SHOWN = 4;

function summary(count: number, capacity: number | undefined): string {
  const people = count === 0 ? 'Nobody is here yet' : count === 1 ? '1 person is here' : `${count} people are here`;
  if (capacity === undefined) return `${people}.`;
  const free = Math.max(0, capacity - count);
  return `${people}; ${free === 0 ? 'no seat is free' : free === 1 ? '1 seat is free' : `${free} seats are free`}.`;
}

function JoinForm({ visit, place }: { visit: Visit; place: Place }): VNode {
  const [name, setName] = useState(place.username || keptName());
  const [passphrase, setPassphrase] = useState(place.key.passphrase);
  const [avatar, setAvatar] = useState<Avatar | undefined>(keptAvatar);
  const [complaint, setComplaint] = useState('');
  const isJoining = visit.stage === 'joining';
  const field = useFocus<HTMLInputElement>();
  const problem = complaint || visit.refusal || visit.obstacle;
  const join = (event: Event): void => {
    event.preventDefault();
    if (name.trim() === '') return setComplaint('A name is needed to join.');
    setComplaint('');
    keepName(name.trim());
    keepPassphrase((place.key.passphrase = passphrase));
    void visit.join(name.trim(), avatar);
  };
  return (
    <form class="join" onSubmit={join} noValidate>
      <AvatarField name={name} avatar={avatar} onAvatar={setAvatar} onProblem={setComplaint} />
      <label for="name">Your name</label>
      <input
        ref={field}
        id="name"
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        autocomplete="username"
        spellcheck={false}
        maxLength={64}
        aria-invalid={problem !== ''}
        aria-describedby="problem"
      />
      {(place.isAsked || visit.wantsPassphrase) && (
        <PassphraseField passphrase={passphrase} onPassphrase={setPassphrase} />
      )}
      <button class="primary" type="submit" disabled={isJoining}>
        {isJoining ? 'Joining…' : 'Join'}
      </button>
      <p id="problem" class="problem" role="alert">
        {visible(problem)}
      </p>
    </form>
  );
}

function PassphraseField(props: { passphrase: string; onPassphrase: (passphrase: string) => void }): VNode {
  return (
    <>
      <label for="passphrase">The passphrase of this room</label>
      <input
        id="passphrase"
        type="password"
        value={props.passphrase}
        onInput={(event) => props.onPassphrase(event.currentTarget.value)}
        autocomplete="current-password"
        aria-describedby="problem"
      />
    </>
  );
}

interface AvatarFieldProps {
  name: string;
  avatar: Avatar | undefined;
  onAvatar: (avatar: Avatar | undefined) => void;
  onProblem: (text: string) => void;
}

function AvatarField({ name, avatar, onAvatar, onProblem }: AvatarFieldProps): VNode {
  const pick = async (input: HTMLInputElement): Promise<void> => {
    const [file] = input.files ?? [];
    if (!file) return;
    const made = await madeAvatar(file);
    onProblem(made ? '' : `${file.name} is not a picture that can be an avatar.`);
    if (made) onAvatar(keepAvatar(made));
    input.value = '';
  };
  const remove = (): void => {
    forgetAvatar();
    onAvatar(undefined);
  };
  return (
    <div class="avatar-field">
      <span class="avatar large">{avatar ? <Preview avatar={avatar} /> : <Face name={name} />}</span>
      <div class="avatar-buttons">
        <label class="button">
          Choose an avatar
          <input
            class="unseen"
            type="file"
            accept="image/png,image/jpeg,image/gif,image/webp"
            onChange={(event) => void pick(event.currentTarget)}
          />
        </label>
        {avatar && (
          <button type="button" onClick={remove}>
            Remove it
          </button>
        )}
      </div>
    </div>
  );
}

function Preview({ avatar }: { avatar: Avatar }): VNode {
  const url = useMemo(() => URL.createObjectURL(new Blob([avatar.contents as BlobPart])), [avatar]);
  return <img src={url} alt="Your avatar" width="72" height="72" />;
}
