// Subscriptions by clients as they come from npm, over both WebSocket protocols. run.py starts the server and makes the table note.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { ApolloClient, ApolloLink, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { getMainDefinition } from '@apollo/client/utilities';
import { Client as UrqlClient, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { SubscriptionClient } from 'subscriptions-transport-ws';
import WebSocket from 'ws';

const url = process.env.GRAPHQL_URL;
const headers = { 'x-hasura-admin-secret': process.env.GRAPHQL_SECRET };
const connectionParams = { headers };
const socketUrl = url.replace(/^http/, 'ws');
const subscription = 'subscription { note(order_by: {id: asc}) { id text } }';

/** Adds a row by an ordinary HTTP request to the metadata API. */
async function run(sql) {
  const response = await fetch(new URL('/v2/query', url), {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'run_sql', args: { sql } }),
  });
  assert.equal(response.status, 200, await response.clone().text());
}

let last = 0;
const addNote = (text) => run(`INSERT INTO note (id, text) VALUES (${++last}, '${text}')`);

/** Results in the order of arrival; take() waits for the next one that holds the text. */
function inbox() {
  const results = [];
  let wake = () => {};
  return {
    push(result) {
      results.push(result);
      wake();
    },
    async take(text) {
      const deadline = AbortSignal.timeout(20000);
      for (;;) {
        const at = results.findIndex((result) => JSON.stringify(result).includes(text));
        if (at >= 0) return results.splice(0, at + 1).at(-1);
        await new Promise((resolve, reject) => {
          wake = resolve;
          deadline.addEventListener('abort', () => reject(new Error(`no result with ${text}: ${JSON.stringify(results)}`)));
        });
      }
    },
  };
}

const open = [];
after(async () => {
  for (const close of open) await close();
});

test('graphql-ws: an asynchronous action is watched until its answer is there', async () => {
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { headers: { ...headers, 'X-Trace': 'later' } } });
  open.push(() => client.dispose());
  const { value: begun } = await client.iterate({ query: 'mutation { slow }' }).next();
  const states = client.iterate({ query: 'subscription ($id: uuid!) { slow(id: $id) { id errors output { header } } }', variables: { id: begun.data.slow } });
  const seen = [];
  for await (const state of states) {
    seen.push(state.data.slow);
    if (state.data.slow.output) break;
  }
  const last = { id: begun.data.slow, errors: null, output: { header: 'later' } };
  assert.deepEqual(seen.at(-1), last);
  assert.deepEqual(seen.slice(0, -1), [{ ...last, output: null }].slice(0, seen.length - 1)); // Each state once.
});

test('graphql-ws: the webhook of an action is given the headers of connection_init', async () => {
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams: { headers: { ...headers, 'X-Trace': 'by socket' } } });
  open.push(() => client.dispose());
  const { value } = await client.iterate({ query: '{ told { header } }' }).next();
  assert.deepEqual(value, { data: { told: { header: 'by socket' } } });
});

test('graphql-ws: a subscription follows, a query and a mutation answer, ending it is silent', async () => {
  await addNote('for graphql-ws');
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams });
  open.push(() => client.dispose());
  const got = inbox();
  const stop = client.subscribe({ query: subscription }, { next: got.push, error: got.push, complete: () => got.push('complete') });
  assert.match(JSON.stringify(await got.take('for graphql-ws')), /^\{"data":\{"note":/);
  await addNote('pushed to graphql-ws');
  await got.take('pushed to graphql-ws');

  const once = client.iterate({ query: 'query ($n: Int!) { note(limit: $n, order_by: {id: asc}) { id } }', variables: { n: 1 } });
  assert.deepEqual((await once.next()).value, { data: { note: [{ id: 1 }] } });
  assert.equal((await once.next()).done, true);
  const wrong = client.iterate({ query: '{ note { colour } }' });
  await assert.rejects(wrong.next(), (errors) => errors[0].extensions.code === 'validation-failed');
  stop();
  await got.take('complete');
});

test('graphql-ws: a subscription follows a table of another database, too', async () => {
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams });
  open.push(() => client.dispose());
  const got = inbox();
  client.subscribe({ query: 'subscription { other { remark { text } } }' }, { next: got.push, error: got.push, complete: () => {} });
  assert.deepEqual(await got.take('remark'), { data: { other: { remark: [] } } });
  const written = client.iterate({ query: 'mutation { other { insert_remark_one(object: {text: "from afar"}) { id } } }' });
  assert.deepEqual((await written.next()).value, { data: { other: { insert_remark_one: { id: 1 } } } });
  assert.deepEqual(await got.take('from afar'), { data: { other: { remark: [{ text: 'from afar' }] } } });
  const both = client.iterate({ query: 'subscription @_multiple_top_level_fields { note { id } other { remark { text } } }' });
  await assert.rejects(both.next(), (errors) => errors[0].message === 'the fields of a subscription must be of one source');
});

test('graphql-ws: the connection stays when another operation on it fails', async () => {
  const client = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
  open.push(() => client.dispose());
  const got = inbox();
  client.subscribe({ query: subscription }, { next: got.push, error: got.push, complete: () => got.push('complete') });
  await got.take('note');
  await assert.rejects(client.iterate({ query: 'subscription { nothing }' }).next());
  await addNote('after the failure');
  await got.take('after the failure');
});

test('subscriptions-transport-ws, the older protocol', async () => {
  const client = new SubscriptionClient(socketUrl, { reconnect: false, connectionParams }, WebSocket);
  open.push(() => client.close());
  const got = inbox();
  const running = client.request({ query: subscription }).subscribe({ next: got.push, error: got.push });
  await got.take('note');
  await addNote('pushed to the older protocol');
  await got.take('pushed to the older protocol');
  running.unsubscribe();

  const result = await new Promise((resolve, reject) => {
    client.request({ query: '{ note(limit: 1, order_by: {id: asc}) { id } }' }).subscribe({ next: resolve, error: reject });
  });
  assert.deepEqual(result, { data: { note: [{ id: 1 }] } });
  const refused = await new Promise((resolve) => {
    client.request({ query: '{ note { colour } }' }).subscribe({ next: resolve, error: resolve });
  });
  assert.match(JSON.stringify(refused.errors ?? [refused]), /colour/);
});

test('urql: a query over HTTP and a subscription over graphql-ws', async () => {
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams });
  open.push(() => socket.dispose());
  const client = new UrqlClient({
    url,
    preferGetMethod: false,
    fetchOptions: { headers },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
        }),
      }),
    ],
  });
  const answer = await client.query('{ note(limit: 1, order_by: {id: asc}) { id } }', {}).toPromise();
  assert.equal(answer.error, undefined);
  assert.equal(answer.data.note[0].id, 1);
  const got = inbox();
  const { unsubscribe } = client.subscription(subscription, {}).subscribe((result) => got.push(result.error ? `${result.error}` : result.data));
  await got.take('note');
  await addNote('pushed to urql');
  await got.take('pushed to urql');
  unsubscribe();
});

test('Apollo Client: queries with its __typename, a subscription over graphql-ws', async () => {
  const socket = createClient({ url: socketUrl, webSocketImpl: WebSocket, connectionParams });
  open.push(() => socket.dispose());
  const link = ApolloLink.split(
    ({ query }) => getMainDefinition(query).operation === 'subscription',
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  open.push(() => client.stop());
  const answer = await client.query({ query: apolloGql`query One { note(limit: 1, order_by: { id: asc }) { id text } }` });
  assert.equal(answer.data.note[0].__typename, 'note');
  const got = inbox();
  const running = client
    .subscribe({ query: apolloGql`subscription Notes { note(order_by: { id: asc }) { id text } }` })
    .subscribe({ next: got.push, error: got.push });
  await got.take('note');
  await addNote('pushed to Apollo');
  await got.take('pushed to Apollo');
  running.unsubscribe();
});
