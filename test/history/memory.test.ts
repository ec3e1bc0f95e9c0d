import { MemoryHistory } from '../../src/history/memory.js';
import { historyContract } from '../contracts/history-contract.js';

historyContract('memory', { fresh: (clock) => new MemoryHistory(clock) });
