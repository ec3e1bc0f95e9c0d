/**
 * An MQTT broker in Node; a room is a topic.
 *
 *     node aedes.mjs PORT
 */
import net from 'node:net';
import { Aedes } from 'aedes';

const broker = await Aedes.createBroker();
net.createServer(broker.handle).listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 1024 });
