/**
 * Seed 003 as a library: its four classes, with its methods and instance variables in this language's spelling, and
 * asynchronous where the seed's block. They are thin: the room, the conversations and the protocols are those of the server.
 */
export { ClientTCP, ClientUDP } from './chatroom/client.js';
export { StopEvent } from './chatroom/event.js';
export { ServerTCP } from './chatroom/server-tcp.js';
export { ServerUDP } from './chatroom/server-udp.js';
