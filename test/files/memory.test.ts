import { MemoryStore } from '../../src/files/memory.js';
import { fileStoreContract } from '../contracts/file-store-contract.js';

let store = new MemoryStore();

fileStoreContract('memory', {
  fresh: async () => (store = new MemoryStore()),
  names: () => [...store.files.keys()],
  remove: ({ stored }) => void store.files.delete(stored),
  change: ({ stored }, bytes) => void store.files.set(stored, Buffer.from(bytes)),
});
