import { join } from 'node:path';
import type { Inbox, SavedFile } from '../client/inbox.js';
import { FolderStore } from './folder.js';

/** A folder where a client keeps what it receives; made when the first file comes. */
export class FolderInbox implements Inbox {
  private store: Promise<FolderStore> | undefined;

  constructor(private readonly folder: string) {}

  async save(name: string, contents: AsyncIterable<Uint8Array>): Promise<SavedFile> {
    const incoming = await (await this.opened()).receive(name);
    try {
      for await (const bytes of contents) await incoming.write(bytes);
      const { stored, size } = await incoming.keep();
      return { path: join(this.folder, stored), name: stored, size };
    } catch (error) {
      await incoming.discard();
      throw error;
    }
  }

  private async opened(): Promise<FolderStore> {
    try {
      return await (this.store ??= FolderStore.open(this.folder));
    } catch (error) {
      this.store = undefined;
      throw error;
    }
  }
}
