/** What the package exports. */
export { ClientTCP, ClientUDP, ServerTCP, ServerUDP, StopEvent } from './chatroom.js';
export { DEFAULTS, parseServed, type ServerConfig, type Served } from './config.js';
export { humanReport, type Report, structuredReport } from './report.js';
export { start, type RunningServer } from './server.js';
