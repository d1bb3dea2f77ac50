// Clients of Hasura, as they come from npm, against busflow-graphql with an author and three articles.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ApolloClient, gql as apolloGql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { generate } from '@graphql-codegen/cli';
import { Client, fetchExchange, gql } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const url = process.env.GRAPHQL_URL;
const admin = { 'x-hasura-admin-secret': process.env.GRAPHQL_SECRET };
const user = { ...admin, 'x-hasura-role': 'user', 'x-hasura-name': 'Ann' };
const expected = [{ title: 'One' }, { title: 'Two' }];

test('urql', async () => {
  const client = new Client({ url, exchanges: [fetchExchange], preferGetMethod: false, fetchOptions: { headers: user } });
  const { data, error } = await client.query(gql`query Titles($limit: Int!) { article(limit: $limit, order_by: { id: asc }) { title } }`, { limit: 5 }).toPromise();
  assert.equal(error, undefined);
  assert.deepEqual(data.article.map(({ title }) => ({ title })), expected);
  const refused = await client.query(gql`{ article { rating } }`, {}).toPromise();
  assert.equal(refused.error.graphQLErrors[0].extensions.code, 'validation-failed');
});

test('Apollo Client, which adds __typename and caches by it', async () => {
  const client = new ApolloClient({ link: new HttpLink({ uri: url, headers: user }), cache: new InMemoryCache() });
  const query = apolloGql`query Titles { article(order_by: { id: asc }) { id title author { id name } } }`;
  const { data } = await client.query({ query });
  assert.deepEqual(data.article.map(({ title }) => ({ title })), expected);
  assert.equal(data.article[0].__typename, 'article');
  assert.equal(client.cache.extract()['article:1'].title, 'One');
  client.stop();
});

test('graphql-ws: a live query and a query on one socket', async () => {
  const client = createClient({ url: url.replace(/^http/, 'ws'), webSocketImpl: WebSocket, connectionParams: { headers: user }, retryAttempts: 0 });
  const results = client.iterate({ query: 'subscription { article(order_by: {id: asc}) { title } }' });
  assert.deepEqual((await results.next()).value.data.article, expected);
  await results.return();
  const answers = [];
  for await (const answer of client.iterate({ query: '{ article(limit: 1, order_by: {id: asc}) { title } }' })) answers.push(answer.data.article);
  assert.deepEqual(answers, [[expected[0]]]);
  await client.dispose();
});

test('GraphQL Code Generator reads the schema and checks documents against it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'codegen-'));
  try {
    const file = join(folder, 'types.ts');
    await generate({
      schema: [{ [url]: { headers: user } }],
      documents: ['query Titles { article { title author { name } } }'],
      generates: { [file]: { plugins: ['typescript', 'typescript-operations'] } },
      silent: true,
    }, true);
    const types = await readFile(file, 'utf8');
    assert.match(types, /TitlesQuery/);
    assert.match(types, /title: string/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
