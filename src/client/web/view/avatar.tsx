import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { AvatarSource } from '../model/people.js';
import type { Visit } from '../model/visit.js';
import { Face } from './face.js';
import { pictureIn } from './pictures.js';
import { useChanges } from './use-changes.js';

/** What `name` looks like: the picture they joined with, or a face. Words beside it say who it is. */
export function Avatar({ visit, name }: { visit: Visit; name: string }): VNode {
  useChanges(visit.changes);
  const source = visit.people.avatarOf(name);
  const url = usePicture(visit, source);
  return (
    <span class="avatar" data-avatar={source ? 'own' : 'drawn'}>
      {url ? <img src={url} alt="" width="36" height="36" /> : <Face name={name} />}
    </span>
  );
}

/** Of each picture that is here; they are few, and kept as long as the page. */
const urls = new WeakMap<Blob, Promise<string | undefined>>();

function usePicture(visit: Visit, source: AvatarSource | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (source) visit.downloads.want(source.sequence, source.size);
  }, [visit, source]);
  const blob = source && visit.downloads.of(source.sequence)?.blob;
  useEffect(() => {
    let isOver = false;
    if (!blob) setUrl(undefined);
    else void urlOf(blob).then((found) => !isOver && setUrl(found));
    return () => (isOver = true);
  }, [blob]);
  return url;
}

function urlOf(blob: Blob): Promise<string | undefined> {
  const known = urls.get(blob) ?? makeUrl(blob);
  urls.set(blob, known);
  return known;
}

async function makeUrl(blob: Blob): Promise<string | undefined> {
  const picture = pictureIn(new Uint8Array(await blob.arrayBuffer()));
  return picture && URL.createObjectURL(new Blob([blob], { type: picture.mime }));
}
