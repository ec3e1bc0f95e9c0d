/** A file in the stream: an image as it looks, a text to be read, anything else as a card; each can be saved. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { visible } from '../../../visible.js';
import type { Line, SharedFile } from '../../connection.js';
import { textIn } from '../../readable.js';
import { sizeText } from '../../sizes.js';
import type { Download } from '../model/downloads.js';
import type { Visit } from '../model/visit.js';
import { Download as DownloadIcon, Page } from './icons.js';
import { fit, mayBePicture, type Picture, pictureIn } from './pictures.js';
import { RichText } from './rich-text.js';
import { saveFile } from './saving.js';
import { useChanges } from './use-changes.js';

/** Bytes of an image that is fetched without having been asked for. */
const LARGEST_SHOWN = 16 * 1024 * 1024;
/** Bytes of a text that is shown. */
const LONGEST_TEXT = 262_144;
/** Pixels that an image may take in the stream. */
const BOX = { width: 360, height: 300 };

interface FileProps {
  visit: Visit;
  line: Line & { file: SharedFile };
  onOpen: (image: OpenImage) => void;
}

/** An image to be looked at on its own. */
export interface OpenImage {
  readonly url: string;
  readonly name: string;
  readonly contents: Blob | Uint8Array;
}

export function SharedFileView(props: FileProps): VNode {
  const { contents } = props.line.file;
  return contents ? <Contents {...props} contents={contents} /> : <Announced {...props} />;
}

/** Its bytes are elsewhere. */
function Announced({ visit, line, onOpen }: FileProps): VNode {
  useChanges(visit.changes);
  const { sequence, file } = line;
  const download = visit.downloads.of(sequence);
  const isShown = mayBePicture(file.name) && file.size <= LARGEST_SHOWN;
  const contents = useBytes(isShown ? download?.blob : undefined);
  useEffect(() => {
    if (isShown) visit.downloads.want(sequence, file.size);
  }, [visit, sequence]);
  if (contents) return <Contents visit={visit} line={line} onOpen={onOpen} contents={contents} box />;
  if (isShown && download?.state !== 'failed') {
    return (
      <Figure file={file} onSave={() => void save(visit, sequence, file)}>
        <div class="image-box">
          <Progress label={`Fetching ${visible(file.name)}`} download={download} />
        </div>
      </Figure>
    );
  }
  return <Card file={file} download={download} onSave={() => void save(visit, sequence, file)} />;
}

function useBytes(blob: Blob | undefined): Uint8Array | undefined {
  const [bytes, setBytes] = useState<Uint8Array>();
  useEffect(() => {
    let isOver = false;
    if (blob) void blob.arrayBuffer().then((buffer) => !isOver && setBytes(new Uint8Array(buffer)));
    return () => (isOver = true);
  }, [blob]);
  return bytes;
}

async function save(visit: Visit, sequence: number, file: SharedFile): Promise<void> {
  visit.downloads.want(sequence, file.size);
  const blob = await visit.downloads.done(sequence);
  if (blob) saveFile(file.name, blob);
}

function Contents({ line, onOpen, contents, box }: FileProps & { contents: Uint8Array; box?: boolean }): VNode {
  const { file } = line;
  const picture = pictureIn(contents);
  if (picture) return <Image file={file} contents={contents} picture={picture} box={box === true} onOpen={onOpen} />;
  const text = contents.length <= LONGEST_TEXT && contents.length > 0 ? textIn(contents) : undefined;
  const onSave = (): void => saveFile(file.name, contents);
  return (
    <>
      {text !== undefined && text.trim() !== '' && <RichText text={text.trimEnd()} pre />}
      <Card file={file} onSave={onSave} />
    </>
  );
}

interface ImageProps {
  file: SharedFile;
  contents: Uint8Array;
  picture: Picture;
  box: boolean;
  onOpen: (image: OpenImage) => void;
}

/** Takes its room before it is drawn: what is below does not move. */
function Image({ file, contents, picture, box, onOpen }: ImageProps): VNode {
  const url = useUrl(contents, picture.mime);
  const name = visible(file.name);
  return (
    <Figure file={file} onSave={() => saveFile(file.name, contents)}>
      <button
        class={box ? 'image image-box' : 'image'}
        type="button"
        onClick={() => url && onOpen({ url, name, contents })}
      >
        <img src={url} alt={`Image ${name}`} {...fit(picture, BOX)} />
      </button>
    </Figure>
  );
}

/** An image, or where it will be, and what it is called. */
function Figure({
  file,
  onSave,
  children,
}: {
  file: SharedFile;
  onSave: () => void;
  children: ComponentChildren;
}): VNode {
  return (
    <figure>
      {children}
      <figcaption>
        {visible(file.name)} · {sizeText(file.size)}{' '}
        <button class="link" type="button" onClick={onSave}>
          Save
        </button>
      </figcaption>
    </figure>
  );
}

function useUrl(contents: Uint8Array, mime: string): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([contents as BlobPart], { type: mime }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [contents, mime]);
  return url;
}

function Card({
  file,
  download,
  onSave,
}: {
  file: SharedFile;
  download?: Download | undefined;
  onSave: () => void;
}): VNode {
  const name = visible(file.name);
  const isRunning = download?.state === 'running';
  return (
    <div class="card">
      <Page />
      <div class="card-text">
        <span class="card-name">{name}</span>
        <span class="card-kind">
          {kindOf(file.name)} · {sizeText(file.size)}
        </span>
        {isRunning && <Progress label={`Fetching ${name}`} download={download} />}
        {download?.state === 'failed' && <span class="problem">{visible(download.reason ?? '')}</span>}
      </div>
      <button
        type="button"
        class="round"
        aria-label={`Download ${name}`}
        title="Download"
        disabled={isRunning}
        onClick={onSave}
      >
        <DownloadIcon />
      </button>
    </div>
  );
}

function Progress({ label, download }: { label: string; download: Download | undefined }): VNode {
  return <progress aria-label={label} max={download?.size ?? 1} value={download?.received ?? 0} />;
}

/** The type as its name has it: `PDF file`. */
function kindOf(name: string): string {
  const [, extension] = /\.([\p{L}\p{N}]{1,8})$/u.exec(name) ?? [];
  return extension ? `${extension.toUpperCase()} file` : 'File';
}
