/** Who is in the room, and what they look like. */
import type { Line, Report } from '../../connection.js';

/** Where someone's avatar can be had. */
export interface AvatarSource {
  /** The same name is the same picture. */
  readonly name: string;
  /** Place of a joining that brought it. */
  readonly sequence: number;
  /** Bytes. */
  readonly size: number;
}

export class People {
  private present = new Set<string>();
  /** Of everyone who was ever seen joining, the newest; `undefined` for who came without. */
  private readonly avatars = new Map<string, { sequence: number; avatar: AvatarSource | undefined }>();
  /** Every picture is fetched from one place only, whoever joined with it and however often. */
  private readonly sources = new Map<string, AvatarSource>();

  get names(): readonly string[] {
    return [...this.present];
  }

  avatarOf(name: string): AvatarSource | undefined {
    return this.avatars.get(name)?.avatar;
  }

  /** The room's own word for who is here. */
  reported(report: Report): void {
    this.present = new Set(namesIn(report));
  }

  arrived(name: string): void {
    this.present.add(name);
  }

  /** A line tells that its author is, or is no longer, here. */
  heard({ kind, author }: Line): void {
    if (kind === 'left') this.present.delete(author);
    else this.present.add(author);
  }

  /** A line, of whatever age, may tell what its author looks like. */
  seen({ kind, author, sequence, avatar }: Line): void {
    if (kind !== 'joined' || sequence < (this.avatars.get(author)?.sequence ?? 0)) return;
    this.avatars.set(author, { sequence, avatar: avatar && this.sourceOf({ ...avatar, sequence }) });
  }

  clear(): void {
    this.present.clear();
    this.avatars.clear();
    this.sources.clear();
  }

  private sourceOf(found: AvatarSource): AvatarSource {
    const source = this.sources.get(found.name) ?? found;
    this.sources.set(found.name, source);
    return source;
  }
}

/** Names out of the lines of a report (seed 002, 5.6): `1. Cool at IP: 192.168.1.5 and port: 54654.` */
export function namesIn({ text }: Report): string[] {
  return [...text.matchAll(/^\d+\. (\S+)/gm)].map(([, name]) => name!);
}
