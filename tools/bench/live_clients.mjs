// The clients of live_queries.py: many WebSockets with many live queries each. Speaks lines of JSON: commands come on
// standard input, answers go to standard output.
// usage: live_clients.mjs URL SOCKETS TABLES
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../../tests/interop/graphql/package.json', import.meta.url));
const WebSocket = require('ws');
const [url, sockets, tables] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

let results = 0;
let awaited = null; // {text, arrived}

function connect(number) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const fail = (what) => {
      console.error(`socket ${number}: ${what}`);
      process.exit(1);
    };
    socket.on('error', fail);
    socket.on('close', (code, reason) => fail(`closed: ${code} ${reason}`));
    socket.on('open', () => socket.send('{"type":"connection_init","payload":{}}'));
    let first = 0;
    socket.on('message', (data) => {
      const text = String(data);
      if (text.startsWith('{"type":"ping"')) return socket.send('{"type":"pong"}');
      if (text.startsWith('{"type":"connection_ack"')) {
        for (let table = 0; table < tables; ++table) {
          const query = `subscription($owner: Int!) { bench_${table}(where: {owner: {_eq: $owner}}) { id text } }`;
          socket.send(JSON.stringify({ type: 'subscribe', id: `${table}`, payload: { query, variables: { owner: number } } }));
        }
        return;
      }
      if (!text.includes('"type":"next"')) return fail(text);
      ++results;
      if (awaited && text.includes(awaited.text)) awaited.arrived(performance.timeOrigin + performance.now());
      if (++first === tables) resolve();
    });
  });
}

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

for (let begin = 0; begin < sockets; begin += 50) {
  await Promise.all(Array.from({ length: Math.min(50, sockets - begin) }, (_, i) => connect(begin + i)));
}
say({ subscribed: sockets * tables, results });

// Each line is a text that will arrive; the answer is when, in milliseconds since 1970.
for await (const line of createInterface({ input: process.stdin })) {
  const arrival = new Promise((arrived) => (awaited = { text: line, arrived }));
  say({ ready: true });
  say({ milliseconds: await arrival });
}
process.exit(0);
