// A server and two clients of seed 003 in one program: node docs/example-chatroom.mjs [PORT]
import { ClientTCP, ServerTCP } from '../dist/index.js';
const port = Number(process.argv[2] ?? 12345);
const server = new ServerTCP(port);
await server.listening;
const running = server.run();
const [cindy, ethan] = [new ClientTCP('Cindy', port), new ClientTCP('Ethan', port)];
for (const client of [cindy, ethan]) await client.connectServer();
const receiving = Promise.all([cindy.receive(), ethan.receive()]);
await cindy.send('Hi Ethan!');
await ethan.send(`Hi Cindy! There are ${server.getClientsNumber()} of us.`);
setTimeout(() => server.runEvent.set(), 200);
await Promise.all([running, receiving]);
